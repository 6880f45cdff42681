/** Where a deployment stands in its life: its state, or how an active one came to its end. */
export function standingOf(deployment: {
  state: string;
  supersededAt: string | null;
  stoppedAt: string | null;
  failure: { code: string } | null;
}): string {
  if (deployment.stoppedAt) return 'stopped';
  if (deployment.supersededAt) return 'superseded';
  // A person ended the rollout there: what proved it keeps it.
  return deployment.failure?.code === 'left' ? 'left' : deployment.state;
}
