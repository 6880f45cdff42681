import { describe, expect, test } from 'vitest';
import { CaseBook } from '$lib/cases/case-book.svelte';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { RunSession } from '$lib/run/run-session.svelte';
import { Start } from '$lib/templates/start.svelte';
import { openSession } from '../session/open.testing';
import { EditorUi } from '../ui.svelte';
import { actionById, actionForKeys, actionGroups, actions, type ActionContext } from '.';

async function contextOf(mayEdit: boolean): Promise<ActionContext> {
  const { session } = await openSession({}, { mayEdit });
  const run = new RunSession(() => session);
  return {
    session,
    cases: new CaseBook(() => session, { compiler: compilerInProcess }),
    start: new Start(
      () => session,
      () => run.samples,
    ),
    ui: new EditorUi(),
    run,
    createVersion: () => undefined,
    renameDraft: () => undefined,
    createDraft: () => Promise.resolve(),
  };
}

describe('the registry of actions', () => {
  test('each has its own id, a title in sentence case, and a group', () => {
    expect(new Set(actions.map(({ id }) => id)).size).toBe(actions.length);
    for (const { id, title, group } of actions) {
      expect(id, id).toMatch(/^[a-z]+(-[a-z]+)*$/u);
      expect(title, id).toMatch(/^[A-Z][^.]*[^.\s]$/u);
      expect(actionGroups, id).toContain(group);
      expect(actionById(id).title).toBe(title);
    }
  });

  test('no two have the same keys', () => {
    const taken = new Map<string, string>();
    for (const { id, keys } of actions)
      for (const chord of keys) {
        expect(taken.get(chord), `${chord} of ${id}`).toBeUndefined();
        taken.set(chord, id);
      }
  });

  test('what changes the draft is refused to somebody who only looks, in a sentence part', async () => {
    const looking = await contextOf(false);
    for (const action of actions) {
      const refusal = action.refusal(looking);
      if (action.undo === 'step') expect(refusal, action.id).toMatch(/viewer/u);
      if (refusal !== null) expect(refusal, action.id).toMatch(/^[A-Z]/u);
    }
  });

  test('what is selected decides what can be done with it', async () => {
    const context = await contextOf(true);
    const refused = (id: string) => actionById(id).refusal(context);
    expect(refused('delete')).toBe('Nothing is selected');
    context.session.select(['json']);
    expect([refused('delete'), refused('rename'), refused('set-key')]).toEqual([null, null, null]);
    expect(refused('disconnect')).toBe('Select one connection first');
    context.session.select(['json->quiet']);
    expect([refused('disconnect'), refused('insert')]).toEqual([null, null]);
    context.session.select(['in']);
    expect(refused('set-key')).toBe('Select one stage first');
  });

  test('keys without a modifier belong to the text field that has the focus', () => {
    const press = (key: string, modifiers: object = {}) => ({
      key,
      ctrlKey: false,
      metaKey: false,
      shiftKey: false,
      altKey: false,
      ...modifiers,
    });
    expect(actionForKeys(press('a'), false, false)?.id).toBe('add-stage');
    expect(actionForKeys(press('a'), false, true)).toBeUndefined();
    expect(actionForKeys(press('k', { ctrlKey: true }), false, true)?.id).toBe('palette');
    // Copying comes as the browser's own event.
    expect(actionForKeys(press('c', { ctrlKey: true }), false, false)).toBeUndefined();
  });
});
