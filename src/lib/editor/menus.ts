import type { LaneIntent } from '$lib/compiler';
import { connectionEnds } from '$lib/document/selection';
import type { MenuEntry } from '$lib/ui/MenuItems.svelte';
import { actionById, perform, type ActionContext } from './actions';
import { setIntent } from './gestures';
import { elementOf, nameOf } from './graph';
import type { ScreenPoint } from './pointer';

/** What a context menu is about. */
export type MenuTarget =
  | { kind: 'element'; id: string }
  | { kind: 'wire'; id: string }
  | { kind: 'note'; id: string }
  | { kind: 'group'; id: string }
  /** The empty canvas, at a point of the plan. */
  | { kind: 'canvas'; at: ScreenPoint };

export interface TargetMenu {
  label: string;
  items: MenuEntry[];
}

/** Ids of actions, in their order; `-` is a line between them. */
const ofElement = [
  'rename',
  'set-key',
  'connect',
  'add-stage',
  '-',
  'cut',
  'copy',
  'paste',
  'duplicate',
  '-',
  'add-note',
  'group',
  'pin',
  'problems-here',
];
const ofSeveral = [
  'connect',
  'swap',
  '-',
  'cut',
  'copy',
  'duplicate',
  '-',
  'group',
  'extract-group',
  'tidy',
  'pin',
];
const alignments = [
  'align-left',
  'align-centre',
  'align-right',
  'align-top',
  'align-middle',
  'align-bottom',
  'distribute-across',
  'distribute-down',
];
const ofGroup = ['fold-group', 'ungroup', 'leave-group'];
const ofCanvas = [
  'add-ingress',
  'add-egress',
  'add-note',
  'paste',
  '-',
  'select-all',
  'tidy',
  'fit',
  '-',
  'find',
  'palette',
];

function entries(ids: readonly string[], context: ActionContext): MenuEntry[] {
  return ids.flatMap((id): MenuEntry | [] => {
    if (id === '-') return 'separator';
    const action = actionById(id);
    // What is no question here would only make the menu long.
    if (id === 'problems-here' && action.refusal(context) !== null) return [];
    return {
      label: action.title,
      icon: action.icon,
      keys: action.keys[0],
      reason: action.refusal(context) ?? undefined,
      danger: id === 'delete' || undefined,
      // The menu gives the focus back first; the action may then send it elsewhere.
      onselect: () => setTimeout(() => perform(action, context), 0),
    };
  });
}

const lanes: { label: string; intent: LaneIntent | null }[] = [
  { label: 'Events', intent: null },
  { label: 'Journal', intent: { kind: 'journal' } },
  { label: 'Sequenced slots, 256', intent: { kind: 'sequenced_slots', capacity: 256 } },
  { label: 'Fanout broadcast', intent: { kind: 'fanout_broadcast' } },
];

function laneEntries(id: string, { session }: ActionContext): MenuEntry {
  const ends = connectionEnds(id);
  const kind = session.graph.connections.find((one) => one.id === id)?.intent?.kind ?? 'events';
  return {
    label: 'Lane',
    icon: 'stack',
    reason: session.readOnlyReason ?? undefined,
    items: lanes.map(({ label, intent }) => ({
      label,
      checked: (intent?.kind ?? 'events') === kind,
      onselect: () => {
        if (ends) void setIntent(session, ends, intent);
      },
    })),
  };
}

/** Opens the menu of what is under the pointer. It is selected first, unless it is among others. */
export function openMenu(
  target: MenuTarget,
  at: ScreenPoint,
  { session, ui }: ActionContext,
): void {
  if (target.kind === 'group')
    session.select(session.content.layout.groups[target.id]?.members ?? []);
  else if (target.kind === 'canvas') session.select([]);
  else if (target.kind !== 'note' && !session.selection.includes(target.id))
    session.select([target.id]);
  ui.menu = { target, at };
}

/** What can be done with a target that is selected. */
export function menuFor(target: MenuTarget, context: ActionContext): TargetMenu {
  const { session, ui } = context;
  if (target.kind === 'element' || target.kind === 'wire') {
    const several = session.selection.length > 1;
    const grouped = actionById('ungroup').refusal(context) === null;
    const end: MenuEntry[] = ['separator', ...entries(['delete'], context)];
    if (several) {
      return {
        label: `${session.selection.length} elements`,
        items: [
          ...entries(ofSeveral, context),
          {
            label: 'Align and distribute',
            icon: 'align-left',
            items: entries(alignments, context),
          },
          ...(grouped ? entries(ofGroup, context) : []),
          ...end,
        ],
      };
    }
    const label = nameOf(session.graph, target.id);
    if (target.kind === 'wire') {
      const items = entries(['insert'], context);
      return {
        label,
        items: [
          ...items,
          laneEntries(target.id, context),
          ...entries(['problems-here'], context),
          ...end,
        ],
      };
    }
    const stage = elementOf(session.graph, target.id)?.kind === 'stage';
    return {
      label,
      items: [
        ...entries(
          ofElement.filter((id) => stage || id !== 'set-key'),
          context,
        ),
        ...(grouped ? entries(ofGroup, context) : []),
        ...end,
      ],
    };
  }
  if (target.kind === 'note') return noteMenu(target.id, context);
  if (target.kind === 'group') {
    const group = session.content.layout.groups[target.id];
    return {
      label: `Group ${group?.title ?? ''}`,
      items: entries(
        ['fold-group', 'ungroup', '-', 'copy', 'duplicate', 'tidy', '-', 'delete'],
        context,
      ),
    };
  }
  return {
    label: 'Canvas',
    items: [
      {
        label: 'Add stage…',
        icon: 'plus',
        keys: actionById('add-stage').keys[0],
        reason: session.readOnlyReason ?? undefined,
        onselect: () =>
          setTimeout(() => ui.open({ kind: 'add', place: { position: target.at } }), 0),
      },
      ...entries(ofCanvas, context),
    ],
  };
}

function noteMenu(id: string, { session, ui }: ActionContext): TargetMenu {
  const note = session.content.layout.notes[id];
  const reason = session.readOnlyReason ?? undefined;
  const change = (label: string, next: typeof note | null) =>
    void session.run({ label, change: { notes: { [id]: next ?? null } } });
  const last = session.selection.at(-1);
  const about = last !== undefined && elementOf(session.graph, last) ? last : null;
  return {
    label: 'Note',
    items: [
      {
        label: 'Edit the note',
        icon: 'draft',
        reason,
        onselect: () => setTimeout(() => ui.editNote(id), 0),
      },
      ...(note?.about != null
        ? [
            {
              label: `Untie from ${note.about}`,
              icon: 'link' as const,
              reason,
              onselect: () => change('Untie note', { ...note, about: null }),
            },
          ]
        : []),
      ...(note && about !== null && about !== note.about
        ? [
            {
              label: `Tie to ${about}`,
              icon: 'link' as const,
              reason,
              onselect: () => change(`Tie note to ${about}`, { ...note, about }),
            },
          ]
        : []),
      'separator',
      {
        label: 'Delete',
        icon: 'trash',
        danger: true,
        reason,
        onselect: () => change('Delete note', null),
      },
    ],
  };
}
