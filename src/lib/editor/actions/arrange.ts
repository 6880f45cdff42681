import type { Edge } from '$lib/document/align';
import type { IconName } from '$lib/ui/icons';
import {
  addNote,
  alignSelected,
  distributeSelected,
  foldSelected,
  groupSelected,
  groupsSelected,
  leaveGroups,
  pinSelected,
  swap,
  ungroupSelected,
} from '../gestures';
import { always, needs, selectedElements, writable } from './refusals';
import type { ActionContext, EditorAction } from './types';

const several = (least: number, reason: string) =>
  needs((context) => selectedElements(context).length >= least, reason);

const grouped = needs(
  ({ session }) => groupsSelected(session).length > 0,
  'Nothing that is selected is in a group',
);

function align(id: string, title: string, edge: Edge, icon?: IconName): EditorAction {
  return {
    id,
    title,
    group: 'Arrange',
    ...(icon ? { icon } : {}),
    keys: [],
    undo: 'step',
    refusal: several(2, 'Select two or more first'),
    run: ({ session }) => alignSelected(session, edge),
  };
}

/** Where something new stands that is about nothing: at the pointer, or in the middle of the view. */
function freePoint({ ui }: ActionContext) {
  const middle = () => ui.canvas?.at({ x: innerWidth / 2, y: innerHeight / 2 }).at;
  return ui.pointed() ?? middle() ?? { x: 0, y: 0 };
}

const twoStages = (context: ActionContext) => {
  const elements = selectedElements(context);
  return elements.length === 2 && elements.every(({ kind }) => kind === 'stage');
};

export const arrangeActions: readonly EditorAction[] = [
  {
    id: 'add-note',
    title: 'Add note',
    titled: ({ session }) =>
      session.selection.length === 1 ? `Add note about ${session.selection[0]}` : 'Add note',
    said: 'comment remark sticky',
    group: 'Arrange',
    icon: 'note',
    keys: ['N'],
    undo: 'step',
    refusal: writable,
    run: (context) => {
      const id = addNote(context.session, freePoint(context));
      if (id !== null) context.ui.editNote(id);
    },
  },
  {
    id: 'group',
    title: 'Group',
    said: 'frame together',
    group: 'Arrange',
    icon: 'group',
    keys: ['Mod+G'],
    undo: 'step',
    refusal: several(1, 'Select what belongs together first'),
    run: ({ session, ui }) => {
      const id = groupSelected(session);
      if (id !== null) ui.nameGroup(id);
    },
  },
  {
    id: 'extract-group',
    title: 'Extract to a folded group',
    said: 'collapse subflow',
    group: 'Arrange',
    icon: 'group',
    keys: [],
    undo: 'step',
    refusal: several(2, 'Select what belongs together first'),
    run: ({ session, ui }) => {
      // A folded group has no title on the canvas that could be written in.
      if (groupSelected(session, true) !== null) ui.focusField('title');
    },
  },
  {
    id: 'fold-group',
    title: 'Fold or unfold the group',
    said: 'collapse expand',
    group: 'Arrange',
    icon: 'chevron-up',
    keys: ['Shift+G'],
    undo: 'step',
    refusal: grouped,
    run: ({ session }) => foldSelected(session),
  },
  {
    id: 'ungroup',
    title: 'Ungroup',
    group: 'Arrange',
    keys: ['Mod+Shift+G'],
    undo: 'step',
    refusal: grouped,
    run: ({ session }) => ungroupSelected(session),
  },
  {
    id: 'leave-group',
    title: 'Take out of the group',
    group: 'Arrange',
    keys: [],
    undo: 'step',
    refusal: grouped,
    run: ({ session }) => leaveGroups(session),
  },
  {
    id: 'swap',
    title: 'Swap two stages',
    said: 'exchange places order',
    group: 'Arrange',
    icon: 'swap',
    keys: ['Shift+S'],
    undo: 'step',
    refusal: needs(twoStages, 'Select two stages first'),
    run: async ({ session }) => {
      const [a, b] = session.selection;
      if (a !== undefined && b !== undefined) await swap(session, a, b);
    },
  },
  align('align-left', 'Align left edges', 'left', 'align-left'),
  align('align-centre', 'Align centres', 'centre'),
  align('align-right', 'Align right edges', 'right'),
  align('align-top', 'Align top edges', 'top', 'align-top'),
  align('align-middle', 'Align middles', 'middle'),
  align('align-bottom', 'Align bottom edges', 'bottom'),
  {
    id: 'distribute-across',
    title: 'Distribute across',
    group: 'Arrange',
    keys: [],
    undo: 'step',
    refusal: several(3, 'Select three or more first'),
    run: ({ session }) => distributeSelected(session, 'x'),
  },
  {
    id: 'distribute-down',
    title: 'Distribute down',
    group: 'Arrange',
    icon: 'distribute',
    keys: [],
    undo: 'step',
    refusal: several(3, 'Select three or more first'),
    run: ({ session }) => distributeSelected(session, 'y'),
  },
  {
    id: 'pin',
    title: 'Pin or unpin',
    said: 'fix place tidy',
    group: 'Arrange',
    icon: 'pin',
    keys: ['P'],
    undo: 'step',
    refusal: several(1, 'Select a node first'),
    run: ({ session }) => pinSelected(session),
  },
  {
    id: 'find',
    title: 'Find in the plan',
    said: 'search id key family comment problem',
    group: 'View',
    icon: 'search',
    keys: ['F', 'Mod+F'],
    undo: 'view',
    refusal: always,
    run: ({ ui }) => ui.find(),
  },
  {
    id: 'go-to',
    title: 'Go to a stage…',
    said: 'jump',
    group: 'View',
    icon: 'arrow-right',
    keys: ['G'],
    undo: 'view',
    refusal: always,
    run: ({ ui }) => ui.open({ kind: 'palette', search: '#' }),
  },
  {
    id: 'stages',
    title: 'Stages that can be added',
    said: 'catalogue families panel',
    group: 'View',
    icon: 'stack',
    keys: [],
    undo: 'view',
    refusal: always,
    run: ({ ui }) => ui.openLeft('stages'),
  },
  {
    id: 'filter-outline',
    title: 'Filter the outline',
    group: 'View',
    icon: 'filter',
    keys: ['/'],
    undo: 'view',
    refusal: always,
    run: ({ ui }) => ui.filterOutline(),
  },
];
