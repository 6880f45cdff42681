/** Where a deployment stands in its life: its state, or how an active one came to its end. */
export function standingOf(deployment: {
  state: string;
  supersededAt: string | null;
  stoppedAt: string | null;
}): string {
  if (deployment.stoppedAt) return 'stopped';
  return deployment.supersededAt ? 'superseded' : deployment.state;
}
