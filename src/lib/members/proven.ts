/** Words about who is proven, and who let whom in. */

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** `let in by Ada and Grace` */
export function letInWords(letInBy: readonly { name: string }[]): string {
  return `let in by ${listed(letInBy.map((person) => person.name))}`;
}

interface Person {
  name: string;
  proven: boolean | null;
}
type Tie = 'requester_let_in_approver' | 'approver_let_in_requester' | 'common_inviter';

/** Why nobody can say that two people are two. */
export function tieWords(
  requester: Person,
  reviewer: Person,
  { tie }: { tie: Tie | null },
): string {
  if (tie === 'requester_let_in_approver') {
    return `${requester.name}, who asked, was shown the link that let ${reviewer.name} in: both may be one person.`;
  }
  if (tie === 'approver_let_in_requester') {
    return `${reviewer.name} was shown the link that let ${requester.name}, who asked, in: both may be one person.`;
  }
  if (tie === 'common_inviter') {
    return `One member was shown the links that let ${requester.name} and ${reviewer.name} in, and may be both.`;
  }
  const unproven = [requester, reviewer].filter((person) => person.proven !== true);
  return `Somebody else was shown the link that let ${listed(unproven.map((person) => person.name))} in.`;
}

/** Why no sign-in link can be issued for a member from here, by the server's code. */
export const signInLinkReasons: Record<string, string> = {
  sign_in_link_own: 'You are signed in. For another browser, use a link from the host.',
  sign_in_link_not_admin: 'Only an organization admin issues sign-in links.',
  sign_in_link_elsewhere:
    'They belong to an organization that you don’t administer, which a link would open too. Use a link from the host.',
};
