/** The job's states (reference `cloud.md` section 2), and how pg-boss's own states map to them. */

export const JOB_STATES = [
  'queued',
  'running',
  'completed',
  'failed',
  'retrying',
  'dead_letter',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const JOB_EVENTS = ['taken', 'succeeded', 'errored', 'retry_left', 'budget_spent'] as const;
type JobEvent = (typeof JOB_EVENTS)[number];

const TABLE: Record<JobState, Partial<Record<JobEvent, JobState>>> = {
  queued: { taken: 'running' },
  running: { succeeded: 'completed', errored: 'failed' },
  failed: { retry_left: 'retrying', budget_spent: 'dead_letter' },
  retrying: { succeeded: 'completed', budget_spent: 'dead_letter' },
  completed: {},
  dead_letter: {},
};

/** The state after an event, or null when the event is refused in this state. */
export function jobAfter(state: JobState, event: JobEvent): JobState | null {
  return TABLE[state][event] ?? null;
}

/** The names pg-boss uses in its table. */
export type QueueState = 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed';

/**
 * Our name for a row of the queue. The repeated attempt is inside `retrying` (CL-3); pg-boss's
 * `failed` is final, which is our `dead_letter`.
 */
export function jobStateOf(state: QueueState, retries: number): JobState {
  switch (state) {
    case 'created':
      return 'queued';
    case 'active':
      return retries > 0 ? 'retrying' : 'running';
    case 'retry':
      return 'retrying';
    case 'completed':
      return 'completed';
    case 'failed':
    case 'cancelled':
      return 'dead_letter';
  }
}
