import { describe, expect, it } from 'vitest';
import { secondPerson, unknownPresence, type Presence } from './second-person.ts';

const host = (userId: string): Presence => ({ userId, method: 'host_link', shownTo: [] });
const invited = (userId: string, ...shownTo: string[]): Presence => ({
  userId,
  method: 'invitation',
  shownTo,
});

describe('the second person', () => {
  it('is proven when nobody was shown the link of either', () => {
    expect(secondPerson(host('ada'), host('grace'))).toEqual({ proven: true, tie: null });
  });

  it.each<[string, Presence, Presence, string | null]>([
    ['invited by who asks', host('ada'), invited('grace', 'ada'), 'requester_let_in_approver'],
    ['who invited who asks', invited('ada', 'grace'), host('grace'), 'approver_let_in_requester'],
    [
      'invited by the same member as who asks',
      invited('ada', 'boss'),
      invited('grace', 'boss'),
      'common_inviter',
    ],
    [
      'invited by somebody whom who asks had invited',
      host('ada'),
      invited('grace', 'linus', 'ada'),
      'requester_let_in_approver',
    ],
    ['invited by somebody else', host('ada'), invited('grace', 'boss'), null],
    ['of whom nothing is known', unknownPresence('ada'), host('grace'), null],
  ])('is not proven: %s', (_name, requester, approver, tie) => {
    expect(secondPerson(requester, approver)).toEqual({ proven: false, tie });
  });
});
