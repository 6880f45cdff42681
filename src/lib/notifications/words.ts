import type { Outputs } from '$lib/api';

export type Notification = Outputs['notifications']['list']['notifications'][number];

/** What a notification says: who did what to what, by name, and nothing of the contents. */
export function titleOf({ kind, subject, actor }: Notification): string {
  const who = actor?.name ?? 'Somebody';
  switch (kind) {
    case 'review_finished':
      return `${who} finished a review of ${subject}`;
    case 'mention':
      return `${who} mentioned you in ${subject}`;
    case 'reply':
      return `${who} replied about ${subject}`;
    case 'approval_waits':
      return `${who} asks for your approval of ${subject}`;
    case 'approval_decided':
      return actor ? `${who} decided on ${subject}` : `The approval of ${subject} ran out of time`;
    case 'deployment_failed':
      return `${subject} failed`;
    case 'deployment_paused':
      return `${subject} is paused`;
  }
}

/** The page that a notification leads to. */
export function pathOf(one: Notification): string {
  const { approvalId, deploymentId, versionId, baseVersionId, threadId } = one;
  if (approvalId) return `/approvals/${approvalId}`;
  if (deploymentId) return `/deployments/${deploymentId}`;
  if (!versionId) return '/';
  const version = baseVersionId
    ? `/compare?from=${baseVersionId}&to=${versionId}`
    : `/versions/${versionId}`;
  return threadId ? `${version}#thread-${threadId}` : version;
}
