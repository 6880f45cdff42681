import { always, writable } from './refusals';
import type { EditorAction } from './types';

export const shareActions: readonly EditorAction[] = [
  {
    id: 'share',
    title: 'Share and export…',
    group: 'Draft',
    icon: 'share',
    keys: [],
    undo: 'none',
    refusal: always,
    run: ({ ui }) => ui.open({ kind: 'share' }),
  },
  {
    id: 'download',
    title: 'Download plan text',
    group: 'Draft',
    icon: 'download',
    keys: [],
    undo: 'none',
    refusal: always,
    run: async ({ session }) => {
      const { download, exportDraft, fileName } = await import('$lib/share/export');
      const { name, content } = session;
      download(await exportDraft('plan', { name, content }, 'light'), fileName(name, 'plan'));
    },
  },
  {
    id: 'import',
    title: 'Open a file…',
    group: 'Draft',
    icon: 'open',
    keys: [],
    undo: 'step',
    refusal: writable,
    run: ({ ui }) => ui.chooseFile?.(),
  },
];
