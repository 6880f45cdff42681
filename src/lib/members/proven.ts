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

const methods = {
  host_link: 'a link from the host',
  page_link: 'a link that an admin made in the page',
  invitation: 'an invitation',
} as const;

/**
 * Who signs a decision from here, and what stands in it of the person. No key of the person's takes part:
 * what is proven of them is how their session began.
 */
export function signsWords({
  name,
  proven,
  method,
  letInBy,
}: {
  name: string;
  proven: boolean;
  method: keyof typeof methods;
  letInBy: readonly { name: string }[];
}): string {
  const by = letInBy.length === 0 ? 'somebody else' : listed(letInBy.map((person) => person.name));
  const shown = proven ? '' : `, whose link ${by} saw too`;
  return `The server signs, with the organization’s key; this browser holds none. It names you, ${name}, signed in by ${methods[method]}${shown}.`;
}

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
