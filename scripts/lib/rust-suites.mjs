// The test programs of the workspace, several at a time: one after the other of those that work, and beside
// them two of those that mostly wait.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.mjs';

/** Their tests start servers, agents and runs, kill them, and wait until they are back. */
const patient = ['byteor-agent', 'byteor-edgeplane', 'byteor-runtime'];

/**
 * What each of the `cargo test --workspace` that run side by side needs to be told, so that together they run
 * each program once; the documentation's tests aside.
 *
 * @param {string} taken An empty folder is made there, in which they say which programs they took.
 */
export function runners(taken) {
  rmSync(taken, { recursive: true, force: true });
  mkdirSync(taken, { recursive: true });
  return ['without', 'of', 'of'].map((whose) => {
    const script = join(root, 'scripts/lib/some-suites.sh');
    const runner = ['sh', script, taken, whose, patient.join(' ')];
    const config = `target."cfg(all())".runner=${JSON.stringify(runner)}`;
    return ['--lib', '--bins', '--tests', '--config', config];
  });
}
