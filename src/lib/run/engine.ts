import type { RunAnswer, RunComparison } from '$lib/compiler';
import {
  compareAnswer,
  compareRequest,
  onceAnswer,
  onceRequest,
  type CompareOptions,
  type OnceAnswer,
  type OnceOptions,
} from './once';
import { RunThread, valueOf } from './thread';

export type { OnceAnswer, OnceOptions } from './once';

/** Whole runs have a worker of their own, so that nobody who steps waits for them. */
const thread = new RunThread('byteor-cases');

/**
 * Runs a spec (KV text) over records from its start to its end, by the stepping executor, and says
 * what came out by egress, what each node did, and which records ended inside. Records are text with
 * the escapes of the cases. A ring has one ingress, whatever it is called here, and its egress is
 * called as `options.egress` says. A spec that can't be run rejects with a `CompilerError`; a stage
 * that fails, and a limit that ended the run, are said in the answer.
 */
export async function runOnce(
  spec: string,
  input: Readonly<Record<string, readonly string[]>>,
  options: OnceOptions = {},
): Promise<OnceAnswer> {
  const request = JSON.stringify(onceRequest(spec, input, options));
  const json = await thread.call((remote) => remote.once(request));
  return onceAnswer(valueOf(json) as RunAnswer, options);
}

/**
 * Runs two versions over the same records, and says for each egress the first output that differs:
 * both records, what each node made of the record that it comes from, and the node where the ways
 * part. A spec that can't be run rejects, with `before` or `after` in the argument `side`.
 */
export async function compareRuns(
  specs: { before: string; after: string },
  input: Readonly<Record<string, readonly string[]>>,
  options: CompareOptions = {},
): Promise<RunComparison> {
  const request = JSON.stringify(compareRequest(specs, input, options));
  const json = await thread.call((remote) => remote.compare(request));
  return compareAnswer(valueOf(json) as RunComparison, options);
}
