import { versionRefusal } from '../version';
import { writable } from './refusals';
import type { EditorAction } from './types';

export const draftActions: readonly EditorAction[] = [
  {
    id: 'create-version',
    title: 'Create version',
    group: 'Draft',
    icon: 'version',
    keys: [],
    undo: 'none',
    refusal: ({ session }) => versionRefusal(session),
    run: ({ createVersion }) => createVersion(),
  },
  {
    id: 'rename-draft',
    title: 'Rename draft…',
    group: 'Draft',
    icon: 'draft',
    keys: [],
    undo: 'none',
    refusal: writable,
    run: ({ renameDraft }) => renameDraft(),
  },
  {
    id: 'save-now',
    title: 'Save now',
    group: 'Draft',
    keys: ['Mod+S'],
    everywhere: true,
    undo: 'none',
    refusal: writable,
    run: ({ session }) => void session.sync.saveNow(),
  },
];
