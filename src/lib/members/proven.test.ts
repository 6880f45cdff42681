import { describe, expect, it } from 'vitest';
import { letInWords, signsWords, tieWords } from './proven';

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

it('who signs a decision is told with how the person’s session began, and who may be that person', () => {
  const you = { name: 'Mira', letInBy: [] };
  expect(signsWords({ ...you, proven: true, method: 'host_link' })).toBe(
    'The server signs, with the organization’s key; this browser holds none. It names you, Mira, signed in by a link from the host.',
  );
  const invited = { ...you, proven: false, method: 'invitation' } as const;
  expect(signsWords({ ...invited, letInBy: [ada] })).toContain(
    'signed in by an invitation, whose link Ada saw too.',
  );
  expect(signsWords({ ...invited, method: 'page_link' })).toContain('whose link somebody else saw');
});
