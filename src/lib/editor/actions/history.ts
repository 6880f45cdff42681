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
];
