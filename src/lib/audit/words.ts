import type { Outputs } from '$lib/api';
import { resourceName } from '$lib/deployments/names';

export type Entry = Outputs['audit']['list']['records'][number];

/** What somebody did, before the name of what they did it to. An action without words shows its own. */
const verbs: Record<string, string> = {
  'agent.authenticate': 'sent a key that is worth nothing any more, as',
  'agent.decommission': 'decommissioned',
  'agent.enroll': 'enrolled',
  'agent.rename': 'renamed an agent to',
  'agent.try_now': 'had an agent try now:',
  'approval.approve': 'approved',
  'approval.break_glass': 'broke the glass for',
  'approval.carry': 'carried the approval over to',
  'approval.deny': 'denied',
  'approval.expire': 'let expire',
  'approval.review_break_glass': 'reviewed the broken glass of',
  'approval.revoke': 'revoked the approval of',
  'approval.revoke_grant': 'revoked the approval of',
  'approval.take_back': 'took back a yes to',
  'approval.withdraw': 'withdrew',
  'approval.yes': 'said yes to',
  'bundle.create': 'made',
  'bundle.update': 'changed',
  'connection.answer': 'told what a trial of connections came to, as',
  'connection.try': 'had connections tried from',
  'deploy_bundle.fetch': 'fetched',
  'deployment.abort': 'aborted',
  'deployment.aborted': 'took back',
  'deployment.agent_failed': 'couldn’t run',
  'deployment.agents_confirmed': 'activated',
  'deployment.approval_denied': 'was denied',
  'deployment.approval_expired': 'let expire',
  'deployment.approval_granted': 'let go ahead',
  'deployment.approval_revoked': 'ended',
  'deployment.bundle_signed': 'built and signed the bundle of',
  'deployment.build_failed': 'couldn’t build',
  'deployment.build_started': 'began to build',
  'deployment.create': 'asked to run',
  'deployment.displaced': 'displaced',
  'deployment.go_on': 'let go on:',
  'deployment.leave': 'left as it is:',
  'deployment.left': 'ended',
  'deployment.roll_back': 'asked to roll back',
  'deployment.rollback_started': 'began to roll back',
  'deployment.rollback_done': 'rolled back',
  'deployment.withdraw': 'withdrew',
  'deployment.withdrawn': 'withdrew',
  'draft.create': 'began',
  'draft.remove': 'removed',
  'draft.rename': 'renamed',
  'enrollment_token.create': 'made an',
  'enrollment_token.revoke': 'revoked an',
  'environment.create': 'made',
  'environment.delete': 'deleted',
  'environment.update': 'changed',
  'invitation.accept': 'accepted',
  'invitation.create': 'made',
  'invitation.revoke': 'took back',
  'member.change_role': 'changed the role of',
  'member.remove': 'removed',
  'organization.create': 'made',
  'organization.rename': 'renamed',
  'project.create': 'made',
  'project.delete': 'deleted',
  'project.update': 'changed',
  'review.apply_suggestion': 'applied a suggestion to',
  'review.edit_comment': 'edited a comment on',
  'review.finish': 'finished the review of',
  'review.remove_comment': 'removed a comment on',
  'review.resolve': 'resolved a thread of',
  'session.sign_in': 'signed in,',
  'session.sign_out': 'signed out,',
  'sign_in_link.issue': 'made a sign-in link for',
  'slot.resume': 'resumed',
  'slot.stop': 'stopped',
  'version.create': 'created',
  'version.promote': 'promoted',
};

/** Every action that has words, for the test. */
export const wordedActions = Object.keys(verbs);

/** A record as a sentence without its actor; `denied` says that it was refused. */
export function deedWords(entry: Pick<Entry, 'action' | 'actor' | 'outcome' | 'resource'>): {
  verb: string;
  on: string;
} {
  const known = verbs[entry.action];
  const verb = known ?? entry.action.replaceAll(/[._]/gu, ' ');
  const refused = entry.outcome === 'denied' && !entry.action.endsWith('denied');
  // Who enrols is what is enrolled.
  const itself = entry.actor.id !== null && entry.actor.id === entry.resource.id;
  return {
    verb: refused && entry.action !== 'approval.deny' ? `was refused: ${verb}` : verb,
    on: itself ? '' : resourceName(entry.resource),
  };
}

/** A record's detail, a line for each thing that it says, with names in the place of ids. */
export function detailLines({ detail, names }: Pick<Entry, 'detail' | 'names'>): string[] {
  const ids = Object.entries(names);
  return Object.entries(detail).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const named = ids.reduce((left, [id, name]) => left.replaceAll(id, name), text);
    return `${key.replaceAll('_', ' ')}: ${named}`;
  });
}

const pages: Record<string, string> = {
  deployment: '/deployments/',
  approval: '/approvals/',
  version: '/versions/',
  bundle: '/bundles/',
  agent: '/agents/',
  environment: '/environments/',
  draft: '/drafts/',
};

/** Where what a record is about can be looked at; undefined where it has no page. */
export function pageOf({ kind, id }: Entry['resource']): string | undefined {
  const page = pages[kind];
  return page === undefined || id === null ? undefined : `${page}${id}`;
}
