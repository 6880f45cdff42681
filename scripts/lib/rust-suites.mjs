// The test programs of the workspace in two groups, so that those that mostly wait do it beside the others.
import { join } from 'node:path';
import { root } from './project.mjs';

/** Their tests start servers, agents and runs, kill them, and wait until they are back. */
const patient = ['byteor-agent', 'byteor-edgeplane', 'byteor-runtime'];

/**
 * What `cargo test --workspace` needs to be told so that it runs one of the groups, its documentation's
 * tests aside.
 *
 * @param {'of' | 'without'} whose Programs of the patient packages, or of all others.
 */
export function onlySuites(whose) {
  const runner = ['sh', join(root, 'scripts/lib/some-suites.sh'), whose, patient.join(' ')];
  const config = `target."cfg(all())".runner=${JSON.stringify(runner)}`;
  return ['--lib', '--bins', '--tests', '--config', config];
}
