import { addBoundary, boundaryBySelection, connect, placeBySelection } from '../gestures';
import { connectionRefusal } from '../graph';
import { needs, selectedElements, writable } from './refusals';
import type { ActionContext, EditorAction } from './types';

/** One selected element is connected to what is then chosen; the first of two to the second. */
function connectRefusal(context: ActionContext): string | null {
  const [from, to, ...others] = selectedElements(context);
  if (!from || others.length > 0) return 'Select the stage that leads on first';
  if (to) return connectionRefusal(context.session.graph, from.id, to.id);
  return from.kind === 'egress' ? 'Nothing follows an egress' : null;
}

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
    titled: (context) => {
      const [from, to] = selectedElements(context);
      if (!from) return 'Connect…';
      return to ? `Connect ${from.id} to ${to.id}` : `Connect ${from.id} to…`;
    },
    group: 'Selection',
    icon: 'link',
    keys: ['C'],
    undo: 'step',
    refusal: (context) => writable(context) ?? connectRefusal(context),
    run: (context) => {
      const [from, to] = selectedElements(context);
      if (from && to) return void connect(context.session, from.id, to.id);
      if (from) context.ui.open({ kind: 'connect', from: from.id });
    },
  },
  {
    id: 'add-ingress',
    title: 'Add ingress',
    group: 'Plan',
    keys: [],
    undo: 'step',
    refusal: writable,
    run: ({ session }) =>
      void addBoundary(session, 'ingress', boundaryBySelection(session, 'ingress')),
  },
  {
    id: 'add-egress',
    title: 'Add egress',
    group: 'Plan',
    keys: [],
    undo: 'step',
    refusal: writable,
    run: ({ session }) =>
      void addBoundary(session, 'egress', boundaryBySelection(session, 'egress')),
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
