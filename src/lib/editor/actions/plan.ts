import { addBoundary, placeBySelection } from '../gestures';
import { elementsOf } from '../graph';
import { needs, selectedElements, writable } from './refusals';
import type { EditorAction } from './types';

export const planActions: readonly EditorAction[] = [
  {
    id: 'undo',
    title: 'Undo',
    group: 'Plan',
    icon: 'undo',
    keys: ['Mod+Z'],
    undo: 'none',
    refusal: needs(({ session }) => session.undoLabel !== null, 'There is nothing to undo'),
    run: ({ session }) => session.undo(),
  },
  {
    id: 'redo',
    title: 'Redo',
    group: 'Plan',
    icon: 'redo',
    keys: ['Mod+Shift+Z', 'Mod+Y'],
    undo: 'none',
    refusal: needs(({ session }) => session.redoLabel !== null, 'There is nothing to redo'),
    run: ({ session }) => session.redo(),
  },
  {
    id: 'add-stage',
    title: 'Add stage…',
    group: 'Plan',
    icon: 'plus',
    keys: ['A', 'Insert'],
    undo: 'step',
    refusal: writable,
    run: ({ session, ui }) => ui.open({ kind: 'add', place: placeBySelection(session) }),
  },
  {
    id: 'connect',
    title: 'Connect…',
    group: 'Plan',
    icon: 'link',
    keys: ['C'],
    undo: 'step',
    refusal: needs(
      ({ session }) => elementsOf(session.graph).length > 1,
      'There is nothing to connect',
    ),
    run: (context) => {
      const from = selectedElements(context).at(-1);
      context.ui.open({ kind: 'connect', from: from && from.kind !== 'egress' ? from.id : null });
    },
  },
  {
    id: 'add-ingress',
    title: 'Add ingress',
    group: 'Plan',
    keys: [],
    undo: 'step',
    refusal: writable,
    run: ({ session }) => void addBoundary(session, 'ingress'),
  },
  {
    id: 'add-egress',
    title: 'Add egress',
    group: 'Plan',
    keys: [],
    undo: 'step',
    refusal: writable,
    run: ({ session }) => void addBoundary(session, 'egress'),
  },
  {
    id: 'format',
    title: 'Format text',
    group: 'Plan',
    icon: 'code',
    keys: ['Alt+Shift+F'],
    everywhere: true,
    undo: 'step',
    refusal: writable,
    run: ({ session }) => void session.format(),
  },
];
