import { toasts } from '$lib/ui/toasts.svelte';
import { keymap } from '../keymap.svelte';
import { matchesKeys, type KeyPress } from '../keys';
import { arrangeActions } from './arrange';
import { clipboardActions } from './clipboard';
import { draftActions } from './draft';
import { historyActions } from './history';
import { planActions } from './plan';
import { problemActions } from './problem';
import { runActions } from './run';
import { selectionActions } from './selection';
import { shareActions } from './share';
import type { ActionContext, EditorAction } from './types';
import { viewActions } from './view';

export { goToDiagnostic } from './problem';
export { actionGroups, type ActionContext, type EditorAction } from './types';

/** An action with the keys that somebody chose for it, wherever it is shown. */
function bindable(action: EditorAction): EditorAction {
  return {
    ...action,
    get keys() {
      return keymap.keysOf(action.id, action.keys);
    },
  };
}

/** Everything that can be done in the editor. */
export const actions: readonly EditorAction[] = [
  ...planActions,
  ...selectionActions,
  ...clipboardActions,
  ...arrangeActions,
  ...viewActions,
  ...runActions,
  ...problemActions,
  ...draftActions,
  ...historyActions,
  ...shareActions,
].map(bindable);

export function actionById(id: string): EditorAction {
  const action = actions.find((candidate) => candidate.id === id);
  if (!action) throw new Error(`There is no action ${id}.`);
  return action;
}

/** Runs the action if it can be run; otherwise says why not, to eyes and ears alike. */
export function perform(action: EditorAction, context: ActionContext): void {
  const refusal = action.refusal(context);
  if (refusal === null) void action.run(context);
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
