import { versionRefusal } from '../version';
import { always, writable } from './refusals';
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
  {
    id: 'download',
    title: 'Download plan text',
    group: 'Draft',
    icon: 'download',
    keys: [],
    undo: 'none',
    refusal: always,
    run: ({ session }) => {
      const url = URL.createObjectURL(new Blob([session.content.text], { type: 'text/plain' }));
      const link = document.createElement('a');
      link.href = url;
      link.download = `${session.graph.name ?? 'pipeline'}.plan`;
      link.click();
      URL.revokeObjectURL(url);
    },
  },
  {
    id: 'import',
    title: 'Replace by a plan file…',
    group: 'Draft',
    keys: [],
    undo: 'step',
    refusal: writable,
    run: ({ ui }) => ui.chooseFile?.(),
  },
];
