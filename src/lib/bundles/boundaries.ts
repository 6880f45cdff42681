import type { Key, Several, Told } from '../compiler/types.ts';
import { adapters } from '../compiler/adapters.ts';
import { offersOf, type SideName, type SideValues } from './sides.ts';

/** Stands in a key of a binding for the id of the boundary (docs/spec/config-bundle.md). */
export const BOUNDARY = '{boundary}';

/** How boundaries of a side of this kind are told apart; nothing where there is no such side. */
export function severalOf(side: SideName, kind: string): Several | undefined {
  return adapters.find((adapter) => adapter.kind === kind)?.[side]?.several;
}

/** The keys of such a side that need the placeholder, the address first. */
const needing = ({ address, own }: Told): readonly string[] => [address, ...own];

/** The keys of a side of this kind that tell several boundaries apart. */
export function tellingKeys(side: SideName, kind: string): readonly string[] {
  const several = severalOf(side, kind);
  return several?.is === 'told' ? needing(several) : [];
}

/**
 * What each boundary has at the other end: of each key that says it, its value for the boundary. Empty
 * for one boundary, and as long as a key doesn’t say it.
 */
export function boundaryAddresses(
  told: Told,
  values: SideValues,
  ids: readonly string[],
): { id: string; values: string[] }[] {
  const texts = needing(told).map((name) => String(values[name] ?? ''));
  if (ids.length < 2 || !texts.every((text) => text.includes(BOUNDARY))) return [];
  return ids.map((id) => ({ id, values: texts.map((text) => text.replace(BOUNDARY, () => id)) }));
}

/** The values with the placeholder in each key that needs it and has none; null where none does. */
export function withBoundaries(
  told: Told,
  keys: readonly Key[],
  values: SideValues,
  ids: readonly string[],
): { keys: Key[]; values: SideValues } | null {
  if (ids.length < 2) return null;
  const wanting = keys.filter(
    ({ name }) => needing(told).includes(name) && !String(values[name] ?? '').includes(BOUNDARY),
  );
  if (wanting.length === 0) return null;
  const added = wanting.map((key) => [
    key.name,
    placed(key, String(values[key.name] ?? ''), told.begins),
  ]);
  return { keys: wanting, values: { ...values, ...Object.fromEntries(added) } };
}

/**
 * A side for a spec with these boundaries of it: with the placeholder exactly where it has several, as far as
 * they can be told apart.
 */
export function fittedSide(side: SideName, values: SideValues, ids: readonly string[]): SideValues {
  const kind = String(values['kind']);
  const told = severalOf(side, kind);
  if (told?.is !== 'told') return values;
  if (ids.length > 1) {
    const keys = offersOf(side).find((offer) => offer.kind === kind)?.keys ?? [];
    return withBoundaries(told, keys, values, ids)?.values ?? values;
  }
  const [only = ''] = ids;
  const placed = needing(told).filter((name) => String(values[name] ?? '').includes(BOUNDARY));
  const without = placed.map((name) => [name, String(values[name]).replace(BOUNDARY, () => only)]);
  return { ...values, ...Object.fromEntries(without) };
}

/** A value with the placeholder where its kind has room for it. */
function placed({ kind }: Key, value: string, begins: boolean): string {
  if (kind.is === 'path') {
    const name = value.lastIndexOf('/') + 1;
    const dot = value.lastIndexOf('.');
    const at = dot > name ? dot : value.length;
    return `${value.slice(0, at)}-${BOUNDARY}${value.slice(at)}`;
  }
  const inPath = kind.is === 'url' || kind.is === 'url_path' || begins;
  if (!inPath) return value === '' ? BOUNDARY : `${value}_${BOUNDARY}`;
  const [path = '', ...query] = value.split('?');
  const slash = path === '' || path.endsWith('/') ? '' : '/';
  const after = begins ? '/' : '';
  return [`${path}${slash}${BOUNDARY}${after}`, ...query].join('?');
}
