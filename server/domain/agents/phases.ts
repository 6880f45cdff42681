/** How far an agent came with a deployment (docs/spec/agent-protocol.md). */

export const ATTEMPT_PHASES = [
  'fetching',
  'verifying',
  'starting',
  'active',
  // Verification or a rule said no: final.
  'refused',
  // The host got in the way: tried again, without an end.
  'retrying',
  // It started and failed its health; the last-known-good runs again: tried again, with an end.
  'fell_back',
  // That end: final.
  'failed',
] as const;
export type AttemptPhase = (typeof ATTEMPT_PHASES)[number];

/** Nothing more is tried by the agent itself. */
export function isFinal(phase: AttemptPhase): boolean {
  return phase === 'refused' || phase === 'failed';
}
