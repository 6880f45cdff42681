import { changeClasses, type Change, type ChangeClass } from './change-classes';

/** One change of a list: an element may be changed and rewired, which are two with one anchor. */
export function changeKey(change: Pick<Change, 'anchor' | 'class'>): string {
  return `${change.anchor}:${change.class}`;
}

/** The parts of what an address names: an anchor, and one of its changes where it names one. */
export function readKey(key: string): { anchor: string; class: ChangeClass | null } {
  const found = changeClasses.find(({ id }) => key.endsWith(`:${id}`));
  return found
    ? { anchor: key.slice(0, -found.id.length - 1), class: found.id }
    : { anchor: key, class: null };
}

/** What a tick or a look belongs to: where the change is, and all that it says. */
export function contentKey({ anchor, digest }: Pick<Change, 'anchor' | 'digest'>): string {
  return `${anchor} ${digest}`;
}
