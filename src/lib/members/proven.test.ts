import { describe, expect, it } from 'vitest';
import { letInWords, tieWords } from './proven';

const ada = { name: 'Ada', proven: true };
const grace = { name: 'Grace', proven: false };

describe('who let whom in', () => {
  it('names everybody', () => {
    expect(letInWords([ada])).toBe('let in by Ada');
    expect(letInWords([ada, grace, { name: 'Linus' }])).toBe('let in by Ada, Grace and Linus');
  });

  it.each([
    ['requester_let_in_approver', /Ada, who asked, was shown the link that let Grace in/],
    ['approver_let_in_requester', /Grace was shown the link that let Ada, who asked, in/],
    ['common_inviter', /let Ada and Grace in/],
    [null, /the link that let Grace in\.$/],
  ] as const)('says how two hang together: %s', (tie, words) => {
    expect(tieWords(ada, grace, { tie })).toMatch(words);
  });
});
