import type { Outputs } from '$lib/api';

export type Report = Outputs['deployments']['reports'][number];

/** An agent's reports, newest first, as an answer about the deployment has them. */
interface Newest {
  history: readonly Report[];
  /** Reports that there are. */
  reports: number;
}

/**
 * The newest reports with older ones that were loaded before. Where so many came since then that nothing
 * joins the two, the older ones are left out: a story with a hole in it tells another one.
 */
export function joined(newest: Newest, loaded: readonly Report[] | undefined): readonly Report[] {
  const [first] = loaded ?? [];
  const seam = newest.history.findIndex((report) => report.id === first?.id);
  return seam === -1 || !loaded ? newest.history : [...newest.history.slice(0, seam), ...loaded];
}

/** How many there are beside those. */
export function olderThan(newest: Newest, shown: readonly Report[]): number {
  return Math.max(0, newest.reports - shown.length);
}
