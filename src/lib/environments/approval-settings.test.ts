import { describe, expect, it } from 'vitest';
import { rolloutSentence, whyUnreachable } from './approval-settings';

describe('who has to approve', () => {
  it.each([
    [{ quorum: 2, roles: [], users: [] }, undefined],
    [{ quorum: 2, roles: [], users: ['ada', 'grace'] }, undefined],
    [{ quorum: 3, roles: ['operator' as const], users: ['ada'] }, undefined],
    [
      { quorum: 2, roles: [], users: ['ada'] },
      '2 persons have to say yes, and 1 is named. Name more, or a role.',
    ],
  ])('%j', (approvers, words) => {
    expect(whyUnreachable(approvers)).toBe(words);
  });
});

describe('a rollout in a sentence', () => {
  it.each([
    [1, null, 30, '1 agent first, then all the others after 30 healthy seconds.'],
    [2, 3, 0, '2 agents first, then 3 more at a time after it is healthy.'],
  ] as const)('%i, %s, %i', (first, step, pause, words) => {
    expect(rolloutSentence(first, step, pause)).toBe(words);
  });
});
