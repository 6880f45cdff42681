import { describe, expect, it } from 'vitest';
import { JOB_EVENTS, JOB_STATES, jobAfter, jobStateOf } from './machine.ts';

const ALLOWED = [
  ['queued', 'taken', 'running'],
  ['running', 'succeeded', 'completed'],
  ['running', 'errored', 'failed'],
  ['failed', 'retry_left', 'retrying'],
  ['failed', 'budget_spent', 'dead_letter'],
  ['retrying', 'succeeded', 'completed'],
  ['retrying', 'budget_spent', 'dead_letter'],
];
const every = JOB_STATES.flatMap((state) => JOB_EVENTS.map((event) => [state, event] as const));

describe('job transitions', () => {
  it.each(every)('%s on %s', (state, event) => {
    const row = ALLOWED.find(([from, on]) => from === state && on === event);
    expect(jobAfter(state, event)).toBe(row ? row[2] : null);
  });
});

describe("the queue's own states in our words", () => {
  it.each([
    ['created', 0, 'queued'],
    ['active', 0, 'running'],
    ['active', 2, 'retrying'],
    ['retry', 1, 'retrying'],
    ['completed', 0, 'completed'],
    ['failed', 4, 'dead_letter'],
    ['cancelled', 0, 'dead_letter'],
  ] as const)('%s after %i retries is %s', (state, retries, expected) => {
    expect(jobStateOf(state, retries)).toBe(expected);
  });
});
