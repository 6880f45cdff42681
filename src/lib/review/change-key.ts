import type { Change, ChangeClass } from './change-classes';
import { changeClasses } from './change-classes';

/**
 * What a change is about, without what happened to it: `stage:notify`, `connection:once->mask`. It is
 * what a comment or a tick is kept for, and what an address names.
 */
export type Anchor = string;

/** The anchor of a change. */
export function anchorOf({ subject, id }: Pick<Change, 'subject' | 'id'>): Anchor {
  return `${subject}:${id}`;
}

/** One change of a list: an element may be changed and rewired, which are two. */
export function changeKey(change: Pick<Change, 'subject' | 'id' | 'class'>): string {
  return `${anchorOf(change)}:${change.class}`;
}

/** The parts of what an address names: an anchor, and one of its changes where it names one. */
export function readKey(key: string): { anchor: Anchor; class: ChangeClass | null } {
  const found = changeClasses.find(({ id }) => key.endsWith(`:${id}`));
  return found
    ? { anchor: key.slice(0, -found.id.length - 1), class: found.id }
    : { anchor: key, class: null };
}

/** What stands behind the subject of an anchor: `once->mask` of `connection:once->mask`. */
export function idOfAnchor(anchor: Anchor): string {
  return anchor.slice(anchor.indexOf(':') + 1);
}

/**
 * SHA-256 (lowercase hex) of what a change says, values before and after. A tick holds while it is the
 * same; what follows from the change is left out, for its words are another compiler's tomorrow.
 */
export async function changeDigest(change: Change): Promise<string> {
  const { class: kind, subject, id, before_id, fields } = change;
  const said = fields.map(({ name, before, after }) => [name, before, after]);
  const bytes = new TextEncoder().encode(JSON.stringify([kind, subject, id, before_id, said]));
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The digest of each change, by its key. */
export async function digestsOf(changes: readonly Change[]): Promise<ReadonlyMap<string, string>> {
  return new Map(
    await Promise.all(
      changes.map(async (change) => [changeKey(change), await changeDigest(change)] as const),
    ),
  );
}
