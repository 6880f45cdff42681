// `npm start`: sets everything up, then runs the control plane on the project's own Node.
// Runs on the system's Node (any from 20) and needs no package to be installed before.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childEnv, node24, root } from './lib/project.mjs';
import { restartOnChange } from './lib/restart.mjs';
import { buildPage, generateClient, installPackages, withSetupLock } from './lib/setup.mjs';

const dev = process.argv.includes('--dev');
const say = (text) => console.log(text);

let stopped = false;
// Leaving by `exit` ends what the set-up started, see scripts/lib/run.mjs.
const stopEarly = () => {
  stopped = true;
  process.exit(0);
};
process.on('SIGTERM', stopEarly);
process.on('SIGINT', stopEarly);

try {
  await withSetupLock(say, async () => {
    await installPackages(say);
    await generateClient(say);
    if (!dev) await buildPage(say);
  });
} catch (error) {
  console.error(`Set-up failed: ${error.message}`);
  process.exit(1);
}

if (!stopped) {
  process.off('SIGTERM', stopEarly);
  process.off('SIGINT', stopEarly);
  const dataDir = process.env.BYTEOR_DATA_DIR ?? join(root, '.byteor');
  const start = (more = {}) => {
    const child = spawn(node24, [join(root, 'server/main.ts'), ...(dev ? ['--dev'] : [])], {
      cwd: root,
      env: childEnv({
        BYTEOR_DATA_DIR: dataDir,
        // The terminal is for people; the log stands beside the data.
        BYTEOR_LOG_FILE: process.env.BYTEOR_LOG_FILE ?? join(dataDir, 'server.log'),
        BYTEOR_CLOUD_LOCAL_AGENTS: process.env.BYTEOR_CLOUD_LOCAL_AGENTS ?? 'true',
        NODE_ENV: dev ? 'development' : 'production',
        NODE_NO_WARNINGS: '1',
        ...more,
      }),
      stdio: 'inherit',
    });
    child.on('error', (error) => {
      console.error(`The server could not be started: ${error.message}`);
      process.exit(1);
    });
    return child;
  };
  const leave = async (code, signal) => {
    // Another start has the folder: whoever types `npm start` again wants that one.
    const running = code === 75 ? await runningAt(dataDir) : null;
    if (running) say(`already running at ${running}`);
    process.exit(running ? 0 : (code ?? (signal ? 1 : 0)));
  };

  let stop;
  if (dev) {
    let started = false;
    const watched = restartOnChange({
      folder: join(root, 'server'),
      say,
      start: () => {
        // The page that is open comes back to the same address.
        const bind = started ? lastBind(dataDir) : null;
        started = true;
        return start(bind ? { BYTEOR_CLOUD_API_BIND_ADDR: bind } : {});
      },
      ended: (code, signal, stopped) => {
        if (stopped || code === 0 || code === 75) void leave(code, signal);
        else say('the server ended; it starts again when its source changes');
      },
    });
    stop = watched.stop;
  } else {
    const child = start();
    child.on('exit', leave);
    stop = (signal) => child.kill(signal);
  }
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP']))
    process.on(signal, () => stop(signal));
  // With a terminal the child gets Ctrl-C itself, as a member of the foreground group.
  process.on('SIGINT', () => {
    if (dev || !process.stdin.isTTY) stop('SIGINT');
  });
}

/** Host and port of the last start, as the environment takes them; null when it never was ready. */
function lastBind(dataDir) {
  try {
    return new URL(JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8')).address).host;
  } catch {
    return null;
  }
}

/** The address of the server that has the data folder, once it answers; null when none does. */
async function runningAt(dataDir) {
  try {
    const { address } = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'));
    const answer = await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(5000) });
    return answer.ok ? address : null;
  } catch {
    return null;
  }
}
