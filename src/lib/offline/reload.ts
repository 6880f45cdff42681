type Work = () => Promise<unknown>;

const before = new Set<Work>();

/** Has `work` done before the page reloads itself; answers the way to take that back. */
export function beforeReload(work: Work): () => void {
  before.add(work);
  return () => before.delete(work);
}

/** Loads the page anew, once everything that waits to be stored is stored. */
export async function reload(): Promise<void> {
  await Promise.allSettled([...before].map((work) => work()));
  location.reload();
}
