import { describe, expect, test } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import type { MergeConflict } from '$lib/compiler/types';
import { emptyContent, fingerprint, type DraftContent } from '$lib/document/content';
import { draftsInMemory } from './in-memory.testing';
import { draftKey, type LocalDrafts } from './kept';
import { openDraft } from './open';
import {
  DraftSync,
  type MergedDraft,
  type RemoteDraft,
  type RemoteDrafts,
  type SyncState,
} from './sync';

const content = (text: string): DraftContent => ({
  ...emptyContent,
  text,
});
/** A plan of one stage, which does what it is told. */
const stage = (key: string) => `pipeline p\n\ningress in\nstage a ${key}\negress out\n`;
const key = draftKey('ada', 'd1');
const describeFailure = (error: unknown) => ({
  offline: error instanceof TypeError,
  code: 'x',
  message: String(error),
});

/** A server with compare-and-set; `down` makes every call fail as a broken connection does. */
function server(text: string) {
  const state = { revision: 1, content: content(text), down: false, saves: 0 };
  const remote: RemoteDrafts = {
    get(draftId): Promise<RemoteDraft> {
      if (state.down) return Promise.reject(new TypeError('fetch failed'));
      const { revision, content } = state;
      return Promise.resolve({
        draftId,
        revision,
        content,
        name: 'orders',
        environmentId: 'e1',
        savedBy: 'Bo',
        savedAt: null,
        mayEdit: true,
      });
    },
    save(_draftId, baseRevision, next) {
      if (state.down) return Promise.reject(new TypeError('fetch failed'));
      state.saves += 1;
      if (baseRevision !== state.revision) return Promise.resolve({ kind: 'stale' });
      state.revision += 1;
      state.content = next;
      return Promise.resolve({ kind: 'saved', revision: state.revision, savedAt: '' });
    },
  };
  return { state, remote };
}

async function open(local: LocalDrafts, remote: RemoteDrafts) {
  const opened = await openDraft({
    key,
    draftId: 'd1',
    local,
    remote,
    describeFailure,
    now: () => 0,
  });
  if (opened.kind !== 'opened') throw new Error(opened.failure.message);
  const states: SyncState['kind'][] = [];
  const merges: MergedDraft[] = [];
  const sync = new DraftSync(
    {
      key,
      local,
      remote,
      describeFailure,
      now: () => 0,
      saveDelayMs: 1,
      onState: (state) => states.push(state.kind),
      merge: (request) => compilerInProcess.call('merge', request),
      onMerged: (merged) => {
        merges.push(merged);
        // As the page does: what was merged is its newest content.
        sync.change(merged.content);
      },
    },
    opened.draft,
  );
  await sync.begin();
  return { sync, states, opened, merges };
}

describe('keeping a draft in step', () => {
  test('opening without an edit writes nothing to the server', async () => {
    const { state, remote } = server('a');
    const { sync } = await open(draftsInMemory().store, remote);
    expect(sync.state.kind).toBe('saved');
    expect(state.saves).toBe(0);
  });

  test('undo is stored with the content that it speaks of, and goes when another one is taken', async () => {
    const { remote } = server('a');
    const { store, drafts } = draftsInMemory();
    const { sync } = await open(store, remote);
    const undo = { done: [], undone: [] };
    sync.change(content('ab'), undo);
    await sync.stored();
    expect(drafts.get(key)?.undo).toEqual(undo);
    await sync.saveNow();
    expect(drafts.get(key)?.undo).toEqual(undo);
    const theirs = await remote.get('d1');
    await sync.adopt({ ...theirs, revision: theirs.revision + 1, content: content('theirs') });
    expect(drafts.get(key)?.content.text).toBe('theirs');
    expect(drafts.get(key)?.undo).toBeUndefined();
  });

  test('a change is in the browser at once and on the server soon after', async () => {
    const { state, remote } = server('a');
    const { store, drafts } = draftsInMemory();
    const { sync } = await open(store, remote);
    sync.change(content('ab'));
    await sync.stored();
    expect(drafts.get(key)?.content.text).toBe('ab');
    expect(state.content.text).toBe('a');
    await sync.saveNow();
    expect(state.content.text).toBe('ab');
    expect(sync.state).toEqual({ kind: 'saved', revision: 2 });
  });

  test('what a killed tab left unsent is what the next one opens and sends', async () => {
    const { state, remote } = server('a');
    const { store } = draftsInMemory();
    state.down = false;
    const first = await open(store, remote);
    state.down = true;
    first.sync.change(content('a, edited offline'));
    await first.sync.stored();
    first.sync.close();
    state.down = false;
    const second = await open(store, remote);
    expect(second.opened.draft.content.text).toBe('a, edited offline');
    expect(state.content.text).toBe('a, edited offline');
  });

  test('a stale base overwrites nothing and shows both', async () => {
    const { state, remote } = server(stage('identity'));
    const { sync } = await open(draftsInMemory().store, remote);
    state.revision = 5;
    state.content = content(stage('theirs'));
    sync.change(content(stage('mine')));
    await sync.saveNow();
    expect(sync.state).toMatchObject({ kind: 'conflict', theirs: { revision: 5 } });
    expect(state.content.text).toBe(stage('theirs'));
    sync.change(content(`# typed on\n${stage('mine')}`));
    await sync.saveNow();
    expect(state.content.text).toBe(stage('theirs'));
  });

  test('keeping mine makes a revision on top; a third write in between is seen too', async () => {
    const { state, remote } = server(stage('identity'));
    const { store, checkpoints } = draftsInMemory();
    const { sync } = await open(store, remote);
    Object.assign(state, { revision: 2, content: content(stage('theirs')) });
    sync.change(content(stage('mine')));
    await sync.saveNow();
    Object.assign(state, { revision: 3, content: content(stage('third')) });
    await sync.keepMine();
    expect(sync.state).toMatchObject({ kind: 'conflict', theirs: { revision: 3 } });
    expect(state.content.text).toBe(stage('third'));
    await sync.keepMine();
    expect(sync.state).toEqual({ kind: 'saved', revision: 4 });
    expect(state.content.text).toBe(stage('mine'));
    expect(checkpoints.map((c) => c.content.text)).toEqual([stage('theirs'), stage('third')]);
  });

  test('taking theirs keeps mine as a checkpoint', async () => {
    const { state, remote } = server(stage('identity'));
    const { store, checkpoints } = draftsInMemory();
    const { sync } = await open(store, remote);
    Object.assign(state, { revision: 2, content: content(stage('theirs')) });
    sync.change(content(stage('mine')));
    await sync.saveNow();
    expect((await sync.takeTheirs())?.text).toBe(stage('theirs'));
    expect(sync.state).toEqual({ kind: 'saved', revision: 2 });
    expect(checkpoints[0]?.content.text).toBe(stage('mine'));
  });

  test('the same content saved by somebody else is no conflict', async () => {
    const { state, remote } = server('a');
    const { sync } = await open(draftsInMemory().store, remote);
    Object.assign(state, { revision: 7, content: content('same') });
    sync.change(content('same'));
    await sync.saveNow();
    expect(sync.state).toEqual({ kind: 'saved', revision: 7 });
  });

  test('without the server the local copy opens and says so', async () => {
    const { state, remote } = server('a');
    const { store } = draftsInMemory();
    await open(store, remote);
    state.down = true;
    const { sync, opened } = await open(store, remote);
    expect(opened.kind === 'opened' && opened.offline).toBe(true);
    sync.change(content('offline'));
    await sync.saveNow();
    expect(sync.state.kind).toBe('offline');
    state.down = false;
    sync.online();
    await sync.saveNow();
    expect(state.content.text).toBe('offline');
    sync.close();
  });

  test('a browser that cannot store says so until it can', async () => {
    const { remote } = server('a');
    const { store } = draftsInMemory();
    let full = false;
    const { sync, states } = await open(
      {
        ...store,
        put: (draft) => (full ? Promise.reject(new Error('QuotaExceededError')) : store.put(draft)),
      },
      remote,
    );
    full = true;
    sync.change(content('ab'));
    await sync.stored();
    expect(sync.state.kind).toBe('unstored');
    full = false;
    sync.change(content('abc'));
    await sync.stored();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(states.at(-1)).toBe('saved');
    sync.close();
  });

  test('a newer revision is adopted only while nothing is unsaved here', async () => {
    const { state, remote } = server(stage('identity'));
    const { sync } = await open(draftsInMemory().store, remote);
    Object.assign(state, { revision: 2, content: content(stage('theirs')) });
    expect(await sync.adopt(await remote.get('d1'))).toBe(true);
    expect(sync.state).toEqual({ kind: 'saved', revision: 2 });
    sync.change(content(stage('mine')));
    Object.assign(state, { revision: 3, content: content(stage('again')) });
    expect(await sync.adopt(await remote.get('d1'))).toBe(false);
    await sync.saveNow();
    expect(sync.state.kind).toBe('conflict');
  });

  test('undoing back to the saved content is saved, without a flag', async () => {
    const { state, remote } = server('a');
    const { sync } = await open(draftsInMemory().store, remote);
    sync.change(content('ab'));
    sync.change(content('a'));
    await sync.saveNow();
    expect(state.saves).toBe(0);
    expect(sync.state.kind).toBe('saved');
    expect(sync.draft.baseFingerprint).toBe(await fingerprint(content('a')));
  });
});

describe('merging a newer revision', () => {
  const base = `pipeline p

ingress in
stage a identity
stage b identity
egress out

in -> a -> b -> out
`;

  function choose(sync: DraftSync, conflict: MergeConflict, resolution: string, text?: string) {
    const { id, ours, theirs } = conflict;
    return sync.choose({ id, resolution, text: text ?? null, ours, theirs });
  }

  function conflictsOf(sync: DraftSync): MergeConflict[] {
    if (sync.state.kind !== 'conflict' || !sync.state.merge) throw new Error(sync.state.kind);
    return sync.state.merge.conflicts;
  }

  test('what both changed independently is put together, and the page is told once', async () => {
    const { state, remote } = server(base);
    const { store, checkpoints } = draftsInMemory();
    const { sync, merges, states } = await open(store, remote);
    Object.assign(state, {
      revision: 2,
      content: content(base.replace('b identity', 'b keep:x')),
    });
    const mine = base.replace('a identity', 'a drop:y');
    sync.change(content(mine));
    await sync.saveNow();
    const merged = mine.replace('b identity', 'b keep:x');
    expect(state.content.text).toBe(merged);
    expect(sync.state).toEqual({ kind: 'saved', revision: 3 });
    expect(states).not.toContain('conflict');
    expect(merges.map(({ merge }) => merge.incoming)).toEqual([
      [{ change: 'changed', element: 'b' }],
    ]);
    expect(checkpoints.map(({ content: kept }) => kept.text)).toEqual([mine]);
  });

  test('a conflict waits for a choice, and the rest is merged all the same', async () => {
    const { state, remote } = server(base);
    const { sync } = await open(draftsInMemory().store, remote);
    const theirs = base.replace('a identity', 'a keep:theirs').replace('b identity', 'b keep:x');
    Object.assign(state, { revision: 2, content: content(theirs) });
    sync.change(content(base.replace('a identity', 'a keep:mine')));
    await sync.saveNow();
    expect(conflictsOf(sync)).toMatchObject([{ id: 'changed/a', chosen: null }]);
    expect(await sync.finishMerge()).toBe(false);
    await choose(sync, conflictsOf(sync)[0]!, 'theirs');
    expect(conflictsOf(sync)).toMatchObject([{ id: 'changed/a', chosen: 'theirs' }]);
    await choose(sync, conflictsOf(sync)[0]!, 'text', 'stage a keep:both');
    expect(await sync.finishMerge()).toBe(true);
    await sync.saveNow();
    expect(state.content.text).toBe(theirs.replace('keep:theirs', 'keep:both'));
    expect(sync.state).toEqual({ kind: 'saved', revision: 3 });
    expect(sync.draft.choices).toBeUndefined();
  });

  test('a third version in the middle of a merge loses nothing', async () => {
    const { state, remote } = server(base);
    const { sync } = await open(draftsInMemory().store, remote);
    const both = (a: string, b: string) =>
      base.replace('a identity', `a keep:${a}`).replace('b identity', `b keep:${b}`);
    Object.assign(state, { revision: 2, content: content(both('t', 't')) });
    sync.change(content(both('m', 'm')));
    await sync.saveNow();
    await choose(sync, conflictsOf(sync)[0]!, 'ours');
    await choose(sync, conflictsOf(sync)[1]!, 'ours');
    // Somebody saves again: one of the two says something else now.
    Object.assign(state, {
      revision: 3,
      content: content(`${both('t', 'third')}\n# by a third\n`),
    });
    await sync.adopt(await remote.get('d1'));
    expect(conflictsOf(sync)).toMatchObject([
      { id: 'changed/a', chosen: 'ours', reopened: false },
      { id: 'changed/b', chosen: null, reopened: true, theirs: 'stage b keep:third' },
    ]);
    await choose(sync, conflictsOf(sync)[1]!, 'theirs');
    // And once more, between the last choice and the save.
    Object.assign(state, {
      revision: 4,
      content: content(`# a fourth\n${both('t', 'third')}\n# by a third\n`),
    });
    await sync.finishMerge();
    await sync.saveNow();
    await sync.saveNow();
    expect(state.content.text).toBe(`# a fourth\n${both('m', 'third')}\n# by a third\n`);
    expect(sync.state).toEqual({ kind: 'saved', revision: 5 });
  });

  test('what is typed on during a merge is part of it', async () => {
    const { state, remote } = server(base);
    const { sync } = await open(draftsInMemory().store, remote);
    Object.assign(state, { revision: 2, content: content(base.replace('a ', 'a  keep:t # ')) });
    sync.change(content(base.replace('a identity', 'a keep:m')));
    await sync.saveNow();
    sync.change(content(base.replace('a identity', 'a keep:m').replace('b identity', 'b keep:on')));
    await choose(sync, conflictsOf(sync)[0]!, 'ours');
    await sync.finishMerge();
    await sync.saveNow();
    expect(state.content.text).toContain('stage b keep:on');
    expect(sync.state.kind).toBe('saved');
  });

  test('choices outlive the page', async () => {
    const { state, remote } = server(base);
    const { store } = draftsInMemory();
    const first = await open(store, remote);
    Object.assign(state, { revision: 2, content: content(base.replace('a identity', 'a keep:t')) });
    first.sync.change(content(base.replace('a identity', 'a keep:m')));
    await first.sync.saveNow();
    await choose(first.sync, conflictsOf(first.sync)[0]!, 'theirs');
    first.sync.close();
    const second = await open(store, remote);
    await second.sync.finishMerge();
    await second.sync.saveNow();
    expect(state.content.text).toBe(base.replace('a identity', 'a keep:t'));
  });
});
