const way = ['pending_approval', 'approved', 'building', 'deploying', 'active'];

/** The states between this one and `active`; none once a deployment left that way. */
export function statesAhead(state: string): string[] {
  const at = way.indexOf(state);
  return at === -1 ? [] : way.slice(at + 1);
}
