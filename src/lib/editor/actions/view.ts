import { rulesHref } from '$lib/rules/href';
import { elementOf } from '../graph';
import { always, needsCanvas, writable } from './refusals';
import type { EditorAction } from './types';

export const viewActions: readonly EditorAction[] = [
  {
    id: 'tidy',
    title: 'Tidy up',
    group: 'View',
    icon: 'graph',
    keys: ['Shift+T'],
    undo: 'step',
    refusal: writable,
    run: ({ session, ui }) => {
      const only = session.selection.filter((id) => elementOf(session.graph, id));
      void session.tidy(only.length > 1 ? only : undefined).then(() => ui.canvas?.fit());
    },
  },
  {
    id: 'fit',
    title: 'Show the whole plan',
    group: 'View',
    keys: ['Shift+F', '1'],
    undo: 'view',
    refusal: needsCanvas,
    run: ({ ui }) => ui.canvas?.fit(),
  },
  {
    id: 'zoom-in',
    title: 'Zoom in',
    group: 'View',
    icon: 'plus',
    keys: ['+'],
    undo: 'view',
    refusal: needsCanvas,
    run: ({ ui }) => ui.canvas?.zoomIn(),
  },
  {
    id: 'zoom-out',
    title: 'Zoom out',
    group: 'View',
    icon: 'minus',
    keys: ['-'],
    undo: 'view',
    refusal: needsCanvas,
    run: ({ ui }) => ui.canvas?.zoomOut(),
  },
  {
    id: 'toggle-text',
    title: 'Plan text',
    group: 'View',
    icon: 'code',
    keys: ['Alt+T'],
    everywhere: true,
    undo: 'view',
    refusal: always,
    run: ({ ui }) => {
      if (ui.textOpen) {
        ui.textOpen = false;
        ui.focusOutline?.();
      } else ui.openText();
    },
  },
  {
    id: 'toggle-side',
    title: 'Inspector',
    group: 'View',
    keys: ['Alt+S'],
    everywhere: true,
    undo: 'view',
    refusal: always,
    run: ({ ui }) => {
      ui.sideOpen = !ui.sideOpen;
    },
  },
  {
    id: 'toggle-left',
    title: 'Left panel',
    group: 'View',
    keys: ['Mod+B'],
    everywhere: true,
    undo: 'view',
    refusal: ({ ui }) => (ui.panels.screen === 'phone' ? 'Here it is the first tab' : null),
    run: ({ ui }) => ui.panels.set({ left: !ui.panels.sizes.left }),
  },
  {
    id: 'toggle-dock',
    title: 'Dock: problems, text, run, cases, spec',
    group: 'View',
    keys: ['Mod+J'],
    everywhere: true,
    undo: 'view',
    refusal: always,
    run: ({ ui }) => {
      if (ui.dockShows(ui.panels.dockTab)) ui.closeDock();
      else ui.openDock(ui.panels.dockTab);
    },
  },
  {
    id: 'focus-outline',
    title: 'Go to the outline',
    group: 'View',
    keys: ['Alt+1'],
    everywhere: true,
    undo: 'view',
    refusal: always,
    run: ({ ui }) => ui.showOutline(),
  },
  {
    id: 'focus-canvas',
    title: 'Go to the canvas',
    group: 'View',
    keys: ['Alt+2'],
    everywhere: true,
    undo: 'view',
    refusal: needsCanvas,
    run: ({ ui }) => ui.canvas?.focus(),
  },
  {
    id: 'palette',
    title: 'Find an action…',
    group: 'View',
    icon: 'search',
    keys: ['Mod+K'],
    everywhere: true,
    undo: 'view',
    refusal: always,
    run: ({ ui }) => ui.open({ kind: 'palette' }),
  },
  {
    id: 'help',
    title: 'Keys and gestures…',
    group: 'View',
    icon: 'info',
    keys: ['?'],
    undo: 'view',
    refusal: always,
    run: ({ ui }) => ui.open({ kind: 'help' }),
  },
  {
    id: 'rules',
    title: 'Rules of the language',
    group: 'View',
    icon: 'info',
    keys: [],
    undo: 'none',
    refusal: always,
    run: () => void window.open(rulesHref, '_blank', 'noopener'),
  },
];
