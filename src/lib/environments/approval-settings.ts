import type { EnvironmentNode } from '$lib/workspace/workspace.svelte';

export type ApproverRole = EnvironmentNode['approverRoles'][number];

/** Roles that may be named as approvers, with their words. */
export const approverRoles: readonly { role: ApproverRole; label: string }[] = [
  { role: 'operator', label: 'Operators' },
  { role: 'project_admin', label: 'Project admins' },
  { role: 'org_admin', label: 'Organization admins' },
];

/** Persons that may have to say yes; the server holds it too. */
export const QUORUMS = [1, 2, 3, 4, 5] as const;

interface Approvers {
  quorum: number;
  roles: readonly ApproverRole[];
  users: readonly string[];
}

/** Why nobody could ever meet the rules; undefined where somebody can. */
export function whyUnreachable({ quorum, roles, users }: Approvers): string | undefined {
  if (roles.length > 0 || users.length === 0 || users.length >= quorum) return undefined;
  return `${quorum} persons have to say yes, and ${users.length} ${users.length === 1 ? 'is' : 'are'} named. Name more, or a role.`;
}

/** How a rollout goes, in a sentence. */
export function rolloutSentence(first: number, step: number | null, pauseSeconds: number): string {
  const pause = pauseSeconds > 0 ? `${pauseSeconds} healthy seconds` : 'it is healthy';
  const rest = step === null ? 'all the others' : `${step} more at a time`;
  return `${first} ${first === 1 ? 'agent' : 'agents'} first, then ${rest} after ${pause}.`;
}
