/** Where a deployment stands in its life: its state, or how an active one came to its end. */
export function standingOf(deployment: {
  state: string;
  supersededAt: string | null;
  stoppedAt: string | null;
  failure: { code: string } | null;
}): string {
  // That it was taken back says more than that something took its place.
  if (deployment.state === 'rolled_back') return deployment.state;
  if (deployment.stoppedAt) return 'stopped';
  if (deployment.supersededAt) return 'superseded';
  // A person ended the rollout there: what proved it keeps it.
  return deployment.failure?.code === 'left' ? 'left' : deployment.state;
}
