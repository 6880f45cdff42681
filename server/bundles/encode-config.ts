import { refused } from '../errors.ts';
import type { Compiler } from '../providers/compiler.ts';
import type { ConfigBundle } from './config.ts';

/**
 * The exact text that will be shipped, and its digest; refuses what byteor-config refuses for a spec
 * with these keys and boundaries.
 */
export function encodeConfig(
  compiler: Compiler,
  config: ConfigBundle,
  posture: string,
  specKv: string,
): { text: string; digest: string } {
  if (config.posture !== posture) {
    throw refused('bundle_posture_mismatch', `The environment's posture is ${posture}.`, {
      help: `Set the posture to ${posture}.`,
      args: { field: 'posture', posture: config.posture, environment: posture },
    });
  }
  return compiler.bundleEncode(config, compiler.bundleNeeds(specKv));
}
