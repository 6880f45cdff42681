import { toasts } from '$lib/ui/toasts.svelte';
import { paste, rememberCopied, removeSelected } from '../gestures';
import { needs, writable } from './refusals';
import type { ActionContext, EditorAction } from './types';

async function readClipboard(context: ActionContext): Promise<void> {
  try {
    const at = context.ui.pointed();
    await paste(context.session, await navigator.clipboard.readText(), { at });
  } catch {
    toasts.show({
      tone: 'info',
      title: 'The browser keeps the clipboard closed here',
      text: 'Press the paste keys instead.',
    });
  }
}

async function writeClipboard(context: ActionContext): Promise<boolean> {
  try {
    rememberCopied(context.session);
    await navigator.clipboard.writeText(context.session.fragment);
    context.session.say('Copied');
    return true;
  } catch {
    toasts.show({
      tone: 'info',
      title: 'The browser keeps the clipboard closed here',
      text: 'Press the copy keys instead.',
    });
    return false;
  }
}

export const clipboardActions: readonly EditorAction[] = [
  {
    id: 'copy',
    title: 'Copy',
    group: 'Selection',
    icon: 'copy',
    keys: ['Mod+C'],
    undo: 'none',
    refusal: ({ session }) => (session.fragment === '' ? 'Select a stage first' : null),
    run: (context) => void writeClipboard(context),
  },
  {
    id: 'cut',
    title: 'Cut',
    group: 'Selection',
    keys: ['Mod+X'],
    undo: 'step',
    refusal: needs(({ session }) => session.fragment !== '', 'Select a stage first'),
    run: async (context) => {
      if (await writeClipboard(context)) await removeSelected(context.session, true);
    },
  },
  {
    id: 'paste',
    title: 'Paste plan text',
    group: 'Selection',
    keys: ['Mod+V'],
    undo: 'step',
    refusal: writable,
    run: (context) => void readClipboard(context),
  },
];
