// Runs a process, and runs it again when a source file changes: `npm run dev`.
import { watch } from 'node:fs';

/** What an editor writes at once is one change. */
const SETTLE_MILLIS = 150;

/**
 * Sources of the running server: not its tests, which start servers of their own.
 *
 * @param {string} file
 */
const isSource = (file) => /\.ts$/.test(file) && !/\.test\.ts$|^test\//.test(file);

/**
 * `start` spawns the process. Each change under `folder` ends it with SIGTERM and starts the next
 * once it is gone: two never share the data folder. One that ends by itself is not started again
 * until something changes; `ended` is told of it, and may end the whole.
 *
 * @param {{
 *   folder: string,
 *   start: () => import('node:child_process').ChildProcess,
 *   ended: (code: number | null, signal: NodeJS.Signals | null, stopped: boolean) => void,
 *   say: (text: string) => void,
 * }} options
 */
export function restartOnChange({ folder, start, ended, say }) {
  /** @type {import('node:child_process').ChildProcess | null} */
  let child = null;
  /** @type {NodeJS.Timeout | undefined} */
  let changing;
  let again = false;
  let stopped = false;

  const run = () => {
    again = false;
    child = start();
    child.on('exit', (code, signal) => {
      child = null;
      if (stopped || !again) return ended(code, signal, stopped);
      run();
    });
  };
  const restart = () => {
    changing = undefined;
    if (stopped) return;
    say('the server changed: starting again');
    if (!child) return run();
    again = true;
    child.kill('SIGTERM');
  };
  const watcher = watch(folder, { recursive: true }, (_event, file) => {
    if (!file || !isSource(file.replaceAll('\\', '/'))) return;
    clearTimeout(changing);
    changing = setTimeout(restart, SETTLE_MILLIS);
  });
  run();

  return {
    /**
     * Ends it for good; `ended` is told when it is gone.
     *
     * @param {NodeJS.Signals} signal
     */
    stop(signal) {
      stopped = true;
      watcher.close();
      clearTimeout(changing);
      if (child) child.kill(signal);
      else ended(0, null, true);
    },
  };
}
