import { disconnect, duplicateSelected, removeSelected } from '../gestures';
import { elementsOf } from '../graph';
import { always, needs, oneElement, oneWire, selectedElements } from './refusals';
import type { ActionContext, EditorAction } from './types';

/** What is selected, as the end of a title: `mask`, `3 elements`. */
function selectionWords({ session }: ActionContext): string {
  const [only = '', ...others] = session.selection;
  return others.length > 0 ? `${session.selection.length} elements` : only.replace('->', ' → ');
}

export const selectionActions: readonly EditorAction[] = [
  {
    id: 'rename',
    title: 'Rename',
    titled: ({ session }) => `Rename ${session.selection[0] ?? ''}…`.replace(' …', '…'),
    group: 'Selection',
    icon: 'draft',
    keys: ['F2'],
    undo: 'step',
    refusal: needs((context) => oneElement(context) !== null, 'Select one stage or boundary first'),
    run: ({ ui }) => ui.focusField('id'),
  },
  {
    id: 'set-key',
    title: 'Change stage key',
    titled: (context) => {
      const element = oneElement(context);
      return element?.kind === 'stage' ? `Change the key of ${element.id}…` : 'Change stage key';
    },
    group: 'Selection',
    icon: 'key',
    keys: ['K'],
    undo: 'step',
    refusal: needs((context) => oneElement(context)?.kind === 'stage', 'Select one stage first'),
    run: ({ ui }) => ui.focusField('key'),
  },
  {
    id: 'insert',
    title: 'Insert stage on connection…',
    group: 'Selection',
    keys: ['I'],
    undo: 'step',
    refusal: needs((context) => oneWire(context) !== null, 'Select one connection first'),
    run: (context) => {
      const wire = oneWire(context);
      if (wire) context.ui.open({ kind: 'add', place: { on: wire } });
    },
  },
  {
    id: 'disconnect',
    title: 'Remove connection',
    group: 'Selection',
    keys: [],
    undo: 'step',
    refusal: needs((context) => oneWire(context) !== null, 'Select one connection first'),
    run: (context) => {
      const wire = oneWire(context);
      if (wire) void disconnect(context.session, wire.from, wire.to);
    },
  },
  {
    id: 'delete',
    title: 'Delete',
    titled: (context) => `Delete ${selectionWords(context)}`.trim(),
    group: 'Selection',
    icon: 'trash',
    keys: ['Delete', 'Backspace'],
    undo: 'step',
    refusal: needs(({ session }) => session.selection.length > 0, 'Nothing is selected'),
    run: ({ session }) => void removeSelected(session),
  },
  {
    id: 'duplicate',
    title: 'Duplicate',
    titled: (context) => `Duplicate ${selectionWords(context)}`.trim(),
    group: 'Selection',
    icon: 'copy',
    keys: ['Mod+D'],
    undo: 'step',
    refusal: needs(
      (context) => selectedElements(context).some(({ kind }) => kind === 'stage'),
      'Select a stage first',
    ),
    run: ({ session }) => void duplicateSelected(session),
  },
  {
    id: 'select-all',
    title: 'Select all',
    group: 'Selection',
    keys: ['Mod+A'],
    undo: 'view',
    refusal: always,
    run: ({ session }) => session.select(elementsOf(session.graph).map(({ id }) => id)),
  },
];
