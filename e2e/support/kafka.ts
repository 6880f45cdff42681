import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where `scripts/lib/tools.mjs` puts the jars of `scripts/kafka/pom.xml`. */
const jars = process.env['BYTEOR_TEST_KAFKA'] ?? join(root, '.cache/kafka/libs');
const light = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx384m', '-cp', `${jars}/*`];
const ID = '4L6g3nShT-eMCtK--X86sw';

/** Why there can be no Kafka server on this host; undefined where there can. */
export function whyNoKafka(): string | undefined {
  if (!existsSync(join(jars, 'kafka_2.13-4.3.1.jar'))) {
    return 'no jars of Kafka are in .cache/kafka/libs, where `npm test` puts them by Maven';
  }
  try {
    execFileSync('java', ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'there is no Java';
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** What it prints. */
function java(args: string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('java', [...light, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
    const [printed, complained]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complained.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(printed).toString());
      const said = Buffer.concat([...printed, ...complained]).toString();
      reject(new Error(`java ${args[0]}: ${said.slice(-4000)}`));
    });
    child.stdin.end(input);
  });
}

/** A broker of its own on a free port, and Java's clients to it. */
export interface Kafka {
  servers: string;
  makeTopic(name: string, partitions: number): Promise<void>;
  /** By Java's own producer: one record a line; those of one key go to one partition. */
  produce(
    topic: string,
    records: readonly string[],
    keyOf?: (record: string) => string,
  ): Promise<void>;
  /** All that a topic has, as Java's own consumer reads it: those of a partition in order. */
  consume(topic: string): Promise<string[]>;
  /** How many partitions each member of a group has. */
  shares(group: string): Promise<number[]>;
  /** As `kill -9` does; its data stays. */
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

export async function startKafka(): Promise<Kafka> {
  const folder = await mkdtemp(join(tmpdir(), 'byteor-kafka-'));
  const [port, controller] = [await freePort(), await freePort()];
  const servers = `127.0.0.1:${port}`;
  const properties = join(folder, 'server.properties');
  await writeFile(
    properties,
    `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://${servers},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://${servers},CONTROLLER://127.0.0.1:${controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
`,
  );
  const storage = ['kafka.tools.StorageTool', 'format', '--standalone', '-t', ID, '-c', properties];
  await java(storage);
  let broker: ChildProcess | undefined;
  // Specs that are interrupted leave by `exit`: the broker must not outlive them.
  const end = () => broker?.kill('SIGKILL');
  process.on('exit', end);
  const topics = (...args: string[]) =>
    java(['org.apache.kafka.tools.TopicCommand', '--bootstrap-server', servers, ...args]);
  const start = async () => {
    const child = spawn(
      'java',
      [...light, '-XX:MaxDirectMemorySize=128m', 'kafka.Kafka', properties],
      { cwd: folder, stdio: 'ignore' },
    );
    broker = child;
    for (let tries = 0; ; tries += 1) {
      if (child.exitCode !== null) throw new Error(`Kafka ended with ${child.exitCode}`);
      try {
        await topics('--list');
        return;
      } catch (error) {
        if (tries === 20) throw error;
        await sleep(500);
      }
    }
  };
  const kill = async () => {
    const child = broker;
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    servers,
    async makeTopic(name, partitions) {
      await topics('--create', '--topic', name, '--partitions', String(partitions));
    },
    async produce(topic, records, keyOf) {
      const args = ['--bootstrap-server', servers, '--topic', topic];
      const keyed = keyOf ? ['parse.key=true', 'key.separator=|'] : [];
      const properties = keyed.flatMap((property) => ['--reader-property', property]);
      const lines = records.map((record) =>
        keyOf ? `${keyOf(record)}|${record}\n` : `${record}\n`,
      );
      const producer = 'org.apache.kafka.tools.ConsoleProducer';
      await java([producer, ...args, ...properties], lines.join(''));
    },
    async consume(topic) {
      const args = ['--bootstrap-server', servers, '--topic', topic];
      // TOPIC:PARTITION:OFFSET
      const ends = await java(['org.apache.kafka.tools.GetOffsetShell', ...args]);
      const count = ends
        .split('\n')
        .map((line) => line.split(':'))
        .filter(([name]) => name === topic)
        .reduce((sum, parts) => sum + Number(parts[2]), 0);
      if (count === 0) return [];
      const consumer = 'org.apache.kafka.tools.consumer.ConsoleConsumer';
      const all = ['--from-beginning', '--max-messages', String(count)];
      return (await java([consumer, ...args, ...all])).split('\n').filter(Boolean);
    },
    async shares(group) {
      const args = ['--bootstrap-server', servers, '--describe', '--members', '--group', group];
      const command = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
      const printed = await java([command, ...args]);
      // GROUP CONSUMER-ID HOST CLIENT-ID #PARTITIONS
      const rows = printed.split('\n').map((line) => line.trim().split(/ +/));
      return rows.filter(([name]) => name === group).map((row) => Number(row[4]));
    },
    kill,
    startAgain: start,
    async stop() {
      process.off('exit', end);
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
