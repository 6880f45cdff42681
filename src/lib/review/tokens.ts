/**
 * What an address calls a side of a comparison: the id of a version, or a kind and what is meant by it.
 * `deployed:ENVIRONMENT/SLOT` is whatever runs there when it is looked at.
 */
export type SideToken =
  | { kind: 'version' | 'draft' | 'bundle' | 'environment' | 'file'; id: string }
  | { kind: 'deployed'; environmentId: string; slot: string };

const KINDS = ['draft', 'bundle', 'environment', 'file'] as const;

/** Reads one; null where nothing is named. */
export function readToken(token: string): SideToken | null {
  if (token === '') return null;
  const at = token.indexOf(':');
  if (at < 0) return { kind: 'version', id: token };
  const id = token.slice(at + 1);
  if (id === '') return null;
  const word = token.slice(0, at);
  if (word === 'deployed') {
    const slash = id.indexOf('/');
    if (slash <= 0 || slash === id.length - 1) return null;
    return { kind: 'deployed', environmentId: id.slice(0, slash), slot: id.slice(slash + 1) };
  }
  const kind = KINDS.find((known) => known === word);
  return kind ? { kind, id } : null;
}

/** Writes one; {@link readToken} reads it again. */
export function writeToken(token: SideToken): string {
  if (token.kind === 'deployed') return `deployed:${token.environmentId}/${token.slot}`;
  return token.kind === 'version' ? token.id : `${token.kind}:${token.id}`;
}

/** What can be compared with what: plans with plans, and each of the others with its like. */
export function familyOf({ kind }: SideToken): 'plan' | 'bundle' | 'environment' {
  return kind === 'bundle' || kind === 'environment' ? kind : 'plan';
}
