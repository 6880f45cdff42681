import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  Admin,
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';

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

/** Writes the folder of a broker that is to be started for the first time. */
function format(properties: string): Promise<void> {
  const tool = ['kafka.tools.StorageTool', 'format', '--standalone', '-t', ID, '-c', properties];
  return new Promise((resolve, reject) => {
    const child = spawn('java', [...light, ...tool], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`formatting Kafka's storage: ${said.slice(-4000)}`));
    });
  });
}

/** A broker of its own on a free port, and a client to it that others wrote. */
export interface Kafka {
  servers: string;
  makeTopic(name: string, partitions: number): Promise<void>;
  /** Those of one key go to one partition. */
  produce(
    topic: string,
    records: readonly string[],
    keyOf?: (record: string) => string,
  ): Promise<void>;
  /** All that a topic has: those of a partition in order. */
  consume(topic: string): Promise<string[]>;
  /** How many partitions each member of a group has. */
  shares(group: string): Promise<number[]>;
  /** As `kill -9` does; its data stays. */
  kill(): Promise<void>;
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** What is sent in one request: below what a broker takes at once. */
const AT_ONCE = 5_000;

/** Clients of one life of the broker: as they are open for all of it, a question costs no process. */
function openClients(servers: string) {
  const options = { clientId: 'e2e', bootstrapBrokers: [servers] };
  const admin = new Admin(options);
  const producer = new Producer({ ...options, serializers: stringSerializers });
  const consumer = new Consumer({
    ...options,
    // A group has to be joined to read; what is read, and from where, is said by the reader.
    groupId: 'e2e',
    autocommit: false,
    maxWaitTime: 100,
    deserializers: stringDeserializers,
  });
  const topics = new Map<string, Promise<Topic>>();
  return {
    admin,
    producer,
    consumer,
    topic(name: string): Promise<Topic> {
      const known = topics.get(name) ?? read(name);
      topics.set(name, known);
      return known;
    },
    async close() {
      await consumer.close(true);
      await producer.close();
      await admin.close();
    },
  };

  /** Begins to read a topic from its first record, and goes on as long as the client is open. */
  async function read(name: string): Promise<Topic> {
    const metadata = await consumer.metadata({ topics: [name] });
    const count = metadata.topics.get(name)?.partitionsCount;
    if (count === undefined) throw new Error(`there is no topic ${name}`);
    const topic: Topic = { records: [], next: Array.from({ length: count }, () => 0n) };
    const stream = await consumer.consume({
      topics: [name],
      mode: MessagesStreamModes.MANUAL,
      offsets: topic.next.map((offset, partition) => ({ topic: name, partition, offset })),
    });
    stream.on('data', ({ value, partition, offset }) => {
      topic.records.push(value);
      topic.next[partition] = offset + 1n;
    });
    stream.on('error', (error) => (topic.error = error));
    return topic;
  }
}

interface Topic {
  records: string[];
  /** By partition, the offset behind the last that was read. */
  next: bigint[];
  error?: Error;
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
  await format(properties);
  let broker: ChildProcess | undefined;
  let clients: ReturnType<typeof openClients> | undefined;
  // Specs that are interrupted leave by `exit`: the broker must not outlive them.
  const end = () => broker?.kill('SIGKILL');
  process.on('exit', end);
  const open = () => {
    if (!clients) throw new Error('Kafka isn’t up');
    return clients;
  };
  const start = async () => {
    const child = spawn(
      'java',
      [...light, '-XX:MaxDirectMemorySize=128m', 'kafka.Kafka', properties],
      { cwd: folder, stdio: 'ignore' },
    );
    broker = child;
    const opened = openClients(servers);
    clients = opened;
    for (let tries = 0; ; tries += 1) {
      if (child.exitCode !== null) throw new Error(`Kafka ended with ${child.exitCode}`);
      try {
        await opened.admin.metadata({ topics: [], forceUpdate: true, retries: 0 });
        return;
      } catch (error) {
        if (tries === 240) throw error;
        await sleep(250);
      }
    }
  };
  const kill = async () => {
    const child = broker;
    broker = undefined;
    if (!child) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    await clients?.close();
    clients = undefined;
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    servers,
    async makeTopic(name, partitions) {
      await open().admin.createTopics({ topics: [name], partitions, replicas: 1 });
    },
    async produce(topic, records, keyOf) {
      const { producer } = open();
      for (let at = 0; at < records.length; at += AT_ONCE) {
        const messages = records
          .slice(at, at + AT_ONCE)
          .map((value) => ({ topic, value, ...(keyOf && { key: keyOf(value) }) }));
        await producer.send({ messages });
      }
    },
    async consume(name) {
      const { consumer, topic } = open();
      const ends = (await consumer.listOffsets({ topics: [name] })).get(name);
      const read = await topic(name);
      while (read.next.some((next, partition) => next < (ends?.[partition] ?? 0n))) {
        if (read.error) throw read.error;
        await sleep(20);
      }
      return [...read.records];
    },
    async shares(group) {
      const groups = await open().admin.describeGroups({ groups: [group] });
      return [...(groups.get(group)?.members.values() ?? [])].map(({ assignments }) =>
        [...(assignments?.values() ?? [])].reduce(
          (sum, { partitions }) => sum + partitions.length,
          0,
        ),
      );
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
