import { connectionEnds } from '$lib/document/selection';
import { rulesHref } from '$lib/rules/href';
import type { IconName } from '$lib/ui/icons';
import { toasts } from '$lib/ui/toasts.svelte';
import { addBoundary, disconnect, duplicateSelected, paste, removeSelected } from './gestures';
import { elementOf, elementsOf, inOrderOfConcern } from './graph';
import { matchesKeys, type KeyPress } from './keys';
import type { EditorSession } from './session.svelte';
import type { EditorUi } from './ui.svelte';
import { versionRefusal } from './version';

/** What an action can see and use. */
export interface ActionContext {
  session: EditorSession;
  ui: EditorUi;
  createVersion: () => void;
  /** Asks for another name. */
  renameDraft: () => void;
}

/** One thing that can be done here. Menu, palette, keys and help are all read from these. */
export interface EditorAction {
  id: string;
  title: string;
  group: 'Plan' | 'Selection' | 'View' | 'Draft';
  icon?: IconName;
  /** Chords that do it; the first is the one shown. */
  keys: readonly string[];
  /** Works while a text field has the focus. */
  everywhere?: boolean;
  /** Whether undo takes it back. */
  undoable: boolean;
  /** Why it can't be done now; null when it can. */
  refusal: (context: ActionContext) => string | null;
  run: (context: ActionContext) => void;
}

const always = () => null;

const writable = ({ session }: ActionContext): string | null => session.readOnlyReason;

const needs =
  (what: (context: ActionContext) => boolean, reason: string) =>
  (context: ActionContext): string | null =>
    writable(context) ?? (what(context) ? null : reason);

const selectedElements = ({ session }: ActionContext) =>
  session.selection.flatMap((id) => elementOf(session.graph, id) ?? []);

const oneElement = (context: ActionContext) =>
  selectedElements(context).length === 1 && context.session.selection.length === 1;

/** The selected connection, when exactly one is. */
const oneWire = ({ session }: ActionContext) =>
  session.selection.length === 1 ? connectionEnds(session.selection[0] ?? '') : null;

/** Where an added stage goes by the selection: onto a connection, after an element, or anywhere. */
function placeBySelection(session: EditorSession) {
  const last = session.selection.at(-1);
  if (last === undefined) return {};
  const wire = connectionEnds(last);
  if (wire) return { on: wire };
  const element = elementOf(session.graph, last);
  return element && element.kind !== 'egress' ? { after: last } : {};
}

function goToProblem({ session, ui }: ActionContext, step: 1 | -1): void {
  const problems = inOrderOfConcern(session.diagnostics);
  if (problems.length === 0) return;
  ui.problemIndex = (ui.problemIndex + step + problems.length) % problems.length;
  const problem = problems[ui.problemIndex];
  if (problem) goToDiagnostic(session, ui, problem);
}

/** Shows the place of a problem: the element in the graph and the outline, the line in the text. */
export function goToDiagnostic(
  session: EditorSession,
  ui: EditorUi,
  problem: EditorSession['diagnostics'][number],
): void {
  session.say(`${problem.severity}: ${problem.message}`);
  const known = problem.elements.filter(
    (id) =>
      elementOf(session.graph, id) !== undefined ||
      session.graph.connections.some((connection) => connection.id === id),
  );
  session.select(known);
  const nodes = known.flatMap((id) => {
    const ends = connectionEnds(id);
    return ends ? [ends.from, ends.to] : [id];
  });
  if (ui.text && (ui.textOpen || ui.narrow === 'text'))
    ui.text.goTo(problem.span.start, problem.span.end);
  else if (nodes.length > 0 && ui.canvas) {
    ui.canvas.show(nodes);
    ui.focusOutline?.(known[0]);
  } else {
    ui.openText();
    ui.goToWhenOpen = { start: problem.span.start, end: problem.span.end };
  }
}

async function readClipboard(context: ActionContext): Promise<void> {
  try {
    await paste(context.session, await navigator.clipboard.readText());
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

export const actions: readonly EditorAction[] = [
  {
    id: 'undo',
    title: 'Undo',
    group: 'Plan',
    icon: 'undo',
    keys: ['Mod+Z'],
    undoable: false,
    refusal: needs(({ session }) => session.undoLabel !== null, 'There is nothing to undo'),
    run: ({ session }) => session.undo(),
  },
  {
    id: 'redo',
    title: 'Redo',
    group: 'Plan',
    icon: 'redo',
    keys: ['Mod+Shift+Z', 'Mod+Y'],
    undoable: false,
    refusal: needs(({ session }) => session.redoLabel !== null, 'There is nothing to redo'),
    run: ({ session }) => session.redo(),
  },
  {
    id: 'add-stage',
    title: 'Add stage…',
    group: 'Plan',
    icon: 'plus',
    keys: ['A', 'Insert'],
    undoable: true,
    refusal: writable,
    run: ({ session, ui }) => ui.open({ kind: 'add', place: placeBySelection(session) }),
  },
  {
    id: 'connect',
    title: 'Connect…',
    group: 'Plan',
    icon: 'link',
    keys: ['C'],
    undoable: true,
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
    undoable: true,
    refusal: writable,
    run: ({ session }) => void addBoundary(session, 'ingress'),
  },
  {
    id: 'add-egress',
    title: 'Add egress',
    group: 'Plan',
    keys: [],
    undoable: true,
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
    undoable: true,
    refusal: writable,
    run: ({ session }) => void session.format(),
  },
  {
    id: 'rename',
    title: 'Rename',
    group: 'Selection',
    icon: 'draft',
    keys: ['F2'],
    undoable: true,
    refusal: needs(oneElement, 'Select one stage or boundary first'),
    run: ({ ui }) => ui.focusField?.('id'),
  },
  {
    id: 'set-key',
    title: 'Change stage key',
    group: 'Selection',
    icon: 'key',
    keys: ['K'],
    undoable: true,
    refusal: needs(
      (context) => oneElement(context) && selectedElements(context)[0]?.kind === 'stage',
      'Select one stage first',
    ),
    run: ({ ui }) => ui.focusField?.('key'),
  },
  {
    id: 'insert',
    title: 'Insert stage on connection…',
    group: 'Selection',
    keys: ['I'],
    undoable: true,
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
    undoable: true,
    refusal: needs((context) => oneWire(context) !== null, 'Select one connection first'),
    run: (context) => {
      const wire = oneWire(context);
      if (wire) void disconnect(context.session, wire.from, wire.to);
    },
  },
  {
    id: 'delete',
    title: 'Delete',
    group: 'Selection',
    icon: 'trash',
    keys: ['Delete', 'Backspace'],
    undoable: true,
    refusal: needs(({ session }) => session.selection.length > 0, 'Nothing is selected'),
    run: ({ session }) => void removeSelected(session),
  },
  {
    id: 'duplicate',
    title: 'Duplicate',
    group: 'Selection',
    keys: ['Mod+D'],
    undoable: true,
    refusal: needs(
      (context) => selectedElements(context).some(({ kind }) => kind === 'stage'),
      'Select a stage first',
    ),
    run: ({ session }) => void duplicateSelected(session),
  },
  {
    id: 'copy',
    title: 'Copy',
    group: 'Selection',
    icon: 'copy',
    keys: ['Mod+C'],
    undoable: false,
    refusal: ({ session }) => (session.fragment === '' ? 'Select a stage first' : null),
    run: (context) => void writeClipboard(context),
  },
  {
    id: 'cut',
    title: 'Cut',
    group: 'Selection',
    keys: ['Mod+X'],
    undoable: true,
    refusal: needs(({ session }) => session.fragment !== '', 'Select a stage first'),
    run: async (context) => {
      if (await writeClipboard(context)) await removeSelected(context.session);
    },
  },
  {
    id: 'paste',
    title: 'Paste plan text',
    group: 'Selection',
    keys: ['Mod+V'],
    undoable: true,
    refusal: writable,
    run: (context) => void readClipboard(context),
  },
  {
    id: 'select-all',
    title: 'Select all',
    group: 'Selection',
    keys: ['Mod+A'],
    undoable: false,
    refusal: always,
    run: ({ session }) => session.select(elementsOf(session.graph).map(({ id }) => id)),
  },
  {
    id: 'tidy',
    title: 'Tidy up',
    group: 'View',
    icon: 'graph',
    keys: ['Shift+T'],
    undoable: true,
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
    keys: ['Shift+F'],
    undoable: false,
    refusal: ({ ui }) => (ui.canvas ? null : 'The canvas is not on show'),
    run: ({ ui }) => ui.canvas?.fit(),
  },
  {
    id: 'zoom-in',
    title: 'Zoom in',
    group: 'View',
    icon: 'plus',
    keys: ['+'],
    undoable: false,
    refusal: ({ ui }) => (ui.canvas ? null : 'The canvas is not on show'),
    run: ({ ui }) => ui.canvas?.zoomIn(),
  },
  {
    id: 'zoom-out',
    title: 'Zoom out',
    group: 'View',
    icon: 'minus',
    keys: ['-'],
    undoable: false,
    refusal: ({ ui }) => (ui.canvas ? null : 'The canvas is not on show'),
    run: ({ ui }) => ui.canvas?.zoomOut(),
  },
  {
    id: 'toggle-text',
    title: 'Plan text',
    group: 'View',
    icon: 'code',
    keys: ['Alt+T'],
    everywhere: true,
    undoable: false,
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
    title: 'Spec panel',
    group: 'View',
    keys: ['Alt+S'],
    everywhere: true,
    undoable: false,
    refusal: always,
    run: ({ ui }) => {
      ui.sideOpen = !ui.sideOpen;
    },
  },
  {
    id: 'focus-outline',
    title: 'Go to the outline',
    group: 'View',
    keys: ['Alt+1'],
    everywhere: true,
    undoable: false,
    refusal: always,
    run: ({ ui }) => {
      ui.narrow = 'outline';
      ui.focusOutline?.();
    },
  },
  {
    id: 'focus-canvas',
    title: 'Go to the canvas',
    group: 'View',
    keys: ['Alt+2'],
    everywhere: true,
    undoable: false,
    refusal: ({ ui }) => (ui.canvas ? null : 'The canvas is not on show'),
    run: ({ ui }) => ui.canvas?.focus(),
  },
  {
    id: 'next-problem',
    title: 'Next problem',
    group: 'View',
    keys: ['F8'],
    everywhere: true,
    undoable: false,
    refusal: ({ session }) => (session.diagnostics.length > 0 ? null : 'There are no problems'),
    run: (context) => goToProblem(context, 1),
  },
  {
    id: 'previous-problem',
    title: 'Previous problem',
    group: 'View',
    keys: ['Shift+F8'],
    everywhere: true,
    undoable: false,
    refusal: ({ session }) => (session.diagnostics.length > 0 ? null : 'There are no problems'),
    run: (context) => goToProblem(context, -1),
  },
  {
    id: 'problems-here',
    title: 'Problems and ways out of the selection',
    group: 'Selection',
    keys: ['Mod+.'],
    undoable: false,
    refusal: ({ session }) =>
      session.diagnostics.some(({ elements }) => elements.includes(session.selection.at(-1) ?? ''))
        ? null
        : 'Select a node or connection that has problems',
    run: ({ session, ui }) => {
      const id = session.selection.at(-1);
      if (id !== undefined) ui.showProblems?.(id);
    },
  },
  {
    id: 'palette',
    title: 'Find an action…',
    group: 'View',
    icon: 'search',
    keys: ['Mod+K'],
    everywhere: true,
    undoable: false,
    refusal: always,
    run: ({ ui }) => ui.open({ kind: 'palette' }),
  },
  {
    id: 'help',
    title: 'Keys and gestures',
    group: 'View',
    icon: 'info',
    keys: ['?'],
    undoable: false,
    refusal: always,
    run: ({ ui }) => ui.open({ kind: 'help' }),
  },
  {
    id: 'rules',
    title: 'Rules of the language',
    group: 'View',
    icon: 'info',
    keys: [],
    undoable: false,
    refusal: always,
    run: () => void window.open(rulesHref, '_blank', 'noopener'),
  },
  {
    id: 'create-version',
    title: 'Create version',
    group: 'Draft',
    icon: 'version',
    keys: [],
    undoable: false,
    refusal: ({ session }) => versionRefusal(session),
    run: ({ createVersion }) => createVersion(),
  },
  {
    id: 'rename-draft',
    title: 'Rename draft…',
    group: 'Draft',
    icon: 'draft',
    keys: [],
    undoable: false,
    refusal: writable,
    run: ({ renameDraft }) => renameDraft(),
  },
  {
    id: 'save-now',
    title: 'Save now',
    group: 'Draft',
    keys: ['Mod+S'],
    everywhere: true,
    undoable: false,
    refusal: writable,
    run: ({ session }) => void session.sync.saveNow(),
  },
  {
    id: 'download',
    title: 'Download plan text',
    group: 'Draft',
    icon: 'download',
    keys: [],
    undoable: false,
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
    undoable: true,
    refusal: writable,
    run: ({ ui }) => ui.chooseFile?.(),
  },
  {
    id: 'checkpoints',
    title: 'Earlier states in this browser…',
    group: 'Draft',
    icon: 'clock',
    keys: [],
    undoable: false,
    refusal: always,
    run: ({ ui }) => ui.open({ kind: 'checkpoints' }),
  },
];

export function actionById(id: string): EditorAction {
  const action = actions.find((candidate) => candidate.id === id);
  if (!action) throw new Error(`There is no action ${id}.`);
  return action;
}

/** Runs the action if it can be run; otherwise says why not, to eyes and ears alike. */
export function perform(action: EditorAction, context: ActionContext): void {
  const refusal = action.refusal(context);
  if (refusal === null) action.run(context);
  else toasts.show({ tone: 'info', title: `${action.title.replace('…', '')}: ${refusal}.` });
}

/** The action that a key press means here; copy, cut and paste come as clipboard events instead. */
export function actionForKeys(
  press: KeyPress,
  apple: boolean,
  inTextEntry: boolean,
): EditorAction | undefined {
  const byEvent = ['copy', 'cut', 'paste'];
  return actions.find(
    (action) =>
      !byEvent.includes(action.id) &&
      (action.everywhere === true || !inTextEntry) &&
      action.keys.some((keys) => matchesKeys(press, keys, apple)),
  );
}
