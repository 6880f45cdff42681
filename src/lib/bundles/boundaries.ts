/** Stands in a binding's path for the id of the boundary (docs/spec/config-bundle.md). */
export const BOUNDARY = '{boundary}';

/** Which file each boundary gets; empty for one boundary, whose file is the path itself. */
export function boundaryPaths(
  path: string,
  ids: readonly string[],
): { id: string; path: string }[] {
  if (ids.length < 2 || !path.includes(BOUNDARY)) return [];
  return ids.map((id) => ({ id, path: path.replace(BOUNDARY, () => id) }));
}

/** The path with the placeholder before its ending, where several boundaries need one and it has none. */
export function withBoundary(path: string, ids: readonly string[]): string | null {
  if (ids.length < 2 || path.includes(BOUNDARY)) return null;
  const name = path.lastIndexOf('/') + 1;
  const dot = path.lastIndexOf('.');
  const at = dot > name ? dot : path.length;
  return `${path.slice(0, at)}-${BOUNDARY}${path.slice(at)}`;
}
