/**
 * How far the local agents of an embedded install are: one row per environment of the sample workspace.
 * Kept in memory: it describes this run of the process, not the workspace.
 */

/** Where one local agent stands. `unavailable` says what to install; `failed` says what went wrong. */
export type LocalAgentPhase =
  | 'waiting'
  | 'building'
  | 'enrolling'
  | 'starting'
  | 'running'
  | 'stopped'
  | 'unavailable'
  | 'failed';

export interface LocalAgentProgress {
  environmentId: string;
  phase: LocalAgentPhase;
  /** Share of the work of this phase, 0 to 100. */
  percent: number;
  message: string;
}

const rows = new Map<string, LocalAgentProgress>();
const listeners = new Set<(row: LocalAgentProgress) => void>();

/** The rows as they stand now, in the order in which the environments were named. */
export function localAgentProgress(): LocalAgentProgress[] {
  return [...rows.values()];
}

/** Sets the row of an environment and tells everyone who listens. */
export function setLocalAgentProgress(row: LocalAgentProgress): void {
  rows.set(row.environmentId, row);
  for (const listener of listeners) listener(row);
}

/** Calls `listener` on each change. Answers the function that ends it. */
export function onLocalAgentProgress(listener: (row: LocalAgentProgress) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
