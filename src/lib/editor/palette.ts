import type { IconName } from '$lib/ui/icons';
import { groupOf } from '$lib/document/beside';
import { connectionEnds } from '$lib/document/selection';
import type { PlaceToGo } from '$lib/workspace/places-to-go.svelte';
import { actions, perform, type ActionContext, type EditorAction } from './actions';
import { placeBySelection, type StagePlace } from './gestures';
import { goTo } from './go-to';
import { elementsOf } from './graph';
import { fit, isExact, ranked, type Searchable } from '$lib/ui/search';

/** Something that the palette can do, or a page that it leads to. */
export interface PaletteEntry extends Searchable {
  id: string;
  title: string;
  detail: string;
  kind: 'command' | 'stage' | 'page';
  group: string;
  icon: IconName;
  keys: string | undefined;
  /** Why it can't be done now; null when it can. */
  refusal: string | null;
  run: () => void;
}

export interface PaletteGroup {
  title: string;
  entries: PaletteEntry[];
}

/** What is selected, in the words of a heading; null when nothing is. */
function selectionName({ session }: ActionContext): string | null {
  const [only, ...others] = session.selection;
  if (only === undefined) return null;
  if (others.length > 0) return `${session.selection.length} elements`;
  const ends = connectionEnds(only);
  return ends ? `${ends.from} → ${ends.to}` : only;
}

function commandEntry(action: EditorAction, context: ActionContext): PaletteEntry {
  const selected = selectionName(context);
  const title = action.titled?.(context) ?? action.title;
  return {
    id: `do-${action.id}`,
    title,
    detail: '',
    kind: 'command',
    group:
      action.group !== 'Selection'
        ? action.group
        : selected === null
          ? 'Selection'
          : `On ${selected}`,
    icon: action.icon ?? 'chevron-right',
    keys: action.keys[0],
    refusal: action.refusal(context),
    names: [action.title, title],
    said: `${action.group} ${action.said ?? ''}`,
    run: () => perform(action, context),
  };
}

function placeWords(place: StagePlace): string {
  if (place.on) return `between ${place.on.from} and ${place.on.to}`;
  if (place.after !== undefined) return `after ${place.after}`;
  return place.before !== undefined ? `before ${place.before}` : 'on its own';
}

function stageEntries(context: ActionContext): PaletteEntry[] {
  const { session, ui } = context;
  const { text, layout } = session.content;
  const base = { kind: 'stage', group: 'Stages' } as const;
  const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
  const there = elementsOf(session.graph).map((element): PaletteEntry => {
    const group = groupOf(layout, element.id);
    const inGroup = group === null ? '' : `in ${layout.groups[group]?.title ?? group}, `;
    return {
      ...base,
      id: `go-${element.id}`,
      title: `Go to ${element.id}`,
      detail: `${inGroup}line ${lineOf(element.span.start)}`,
      icon: element.kind === 'stage' ? 'arrow-right' : element.kind,
      keys: undefined,
      refusal: null,
      names: [element.id, `Go to ${element.id}`],
      said: element.key ?? element.kind,
      run: () => goTo(context, element.id),
    };
  });
  const place = placeBySelection(session);
  const added = session.families.map((family): PaletteEntry => ({
    ...base,
    id: `add-${family.name}`,
    title: `Add: ${family.title}`,
    detail: `${family.key_grammar}, ${placeWords(place)}`,
    icon: 'plus',
    keys: undefined,
    refusal: session.readOnlyReason,
    names: [family.name, family.title, `Add ${family.title}`],
    said: `${family.group} ${family.summary}`,
    run: () => ui.open({ kind: 'add', place, chosen: family.name }),
  }));
  return [...there, ...added];
}

/** Everything that the palette can find. */
export function paletteEntries(
  context: ActionContext,
  pages: readonly PlaceToGo[],
  leave: (href: string) => void,
): PaletteEntry[] {
  return [
    ...actions.filter(({ id }) => id !== 'palette').map((action) => commandEntry(action, context)),
    ...stageEntries(context),
    ...pages.map((page): PaletteEntry => ({
      ...page,
      id: `page-${page.href}`,
      kind: 'page',
      group: 'Pages',
      keys: undefined,
      refusal: null,
      names: [page.title],
      said: page.detail,
      run: () => leave(page.href),
    })),
  ];
}

/** What `>` and `#` at the beginning of a search narrow it to. */
export function narrowed(search: string): { kind: PaletteEntry['kind'] | null; search: string } {
  if (search.startsWith('>')) return { kind: 'command', search: search.slice(1) };
  if (search.startsWith('#')) return { kind: 'stage', search: search.slice(1) };
  return { kind: null, search };
}

/**
 * What a search finds, under headings: what is selected first, unless another group has something
 * that is called exactly so. Within a group the best fit is first.
 */
export function paletteGroups(entries: readonly PaletteEntry[], typed: string): PaletteGroup[] {
  const { kind, search } = narrowed(typed);
  const groups = new Map<string, PaletteEntry[]>();
  const order = entries.map(({ group }) => group);
  const selection = order.find((group) => group.startsWith('On '));
  const headings = new Set([...(selection ? [selection] : []), 'Stages', ...order]);
  if (search.trim() === '') {
    // Commands are what one looks through; stages come behind them.
    headings.delete('Stages');
    headings.add('Stages');
  }
  for (const heading of headings) groups.set(heading, []);
  const wanted = entries.filter((entry) => kind === null || entry.kind === kind);
  for (const entry of ranked(search, wanted, (one) => one)) groups.get(entry.group)?.push(entry);
  const exact = (group: PaletteGroup) =>
    group.entries.some((entry) => isExact(search, entry)) ? 0 : 1;
  const weak = ({ entries: found }: PaletteGroup) =>
    Math.max(...found.map((entry) => fit(search, entry) ?? 0)) <= 1 ? 1 : 0;
  return [...groups]
    .map(([title, found]) => ({ title, entries: found }))
    .filter(({ entries: found }) => found.length > 0)
    .sort((a, b) => exact(a) - exact(b) || (search.trim() === '' ? 0 : weak(a) - weak(b)));
}
