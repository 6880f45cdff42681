import { always } from './refusals';
import type { EditorAction } from './types';

export const historyActions: readonly EditorAction[] = [
  {
    id: 'history',
    title: 'Earlier states of this draft',
    group: 'Draft',
    icon: 'history',
    keys: [],
    undo: 'view',
    refusal: always,
    run: ({ ui }) => ui.openLeft('history'),
  },
  {
    id: 'compare-base',
    title: 'Compare with the version it is based on…',
    group: 'Draft',
    icon: 'compare',
    keys: [],
    undo: 'none',
    refusal: ({ session }) =>
      session.base?.current ? null : 'No version was made of this draft yet, or none is known here',
    run: ({ ui }) => ui.open({ kind: 'base' }),
  },
];
