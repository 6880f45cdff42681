// What holds whatever is done in the editor, over every action of the registry and generated plans.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { emptyContent, fingerprint, type DraftContent, type Position } from '$lib/document/content';
import { boxOf, overlaps } from '$lib/document/placement';
import { actions, perform, type ActionContext } from './actions';
import * as gestures from './gestures';
import { removeSelected } from './gestures';
import { nodesOf } from './graph';
import { makers, makesNothing, numbers, turnOf, type Maker } from './makers.testing';
import { fromFile } from '$lib/share/link';
import { replaceBy } from '$lib/share/take';
import { openSession, type OpenedSession } from './session/open.testing';
import { EditorUi } from './ui.svelte';

const plan = `pipeline laws

ingress in
stage a json_require:id # first
stage b drop:debug
stage c   trim
stage d identity
egress out
egress side

in -> a -> b -> out
a -> c -> d -> side
`;

const beside: DraftContent['layout'] = {
  v: 2,
  direction: 'down',
  nodes: { b: { x: 1_400, y: 40 } },
  notes: { note: { text: 'why', x: 900, y: 0, width: 200, height: 60, about: 'b' } },
  groups: { group: { title: 'Both', members: ['c', 'd'] } },
};

function contextOf({ session }: OpenedSession): ActionContext {
  const nothing = new Proxy({}, { get: () => () => undefined });
  const ui = new EditorUi();
  // There is no page to open the note on, and none to choose a file in.
  ui.editNote = ui.nameGroup = () => undefined;
  ui.chooseFile = () =>
    replaceBy(session, { file: 'new.plan', ...fromFile('new.plan', 'pipeline other\n') });
  return {
    session,
    ui,
    run: nothing,
    cases: nothing,
    createVersion: () => undefined,
    renameDraft: () => undefined,
  } as unknown as ActionContext;
}

const selections = [['b'], ['c', 'd'], ['a', 'b', 'c', 'd'], ['a->b'], ['in'], ['d', 'out'], []];
/** What opens a menu or a field with some selections, or with all. */
const opensFirst = new Set(['add-stage', 'insert', 'rename', 'set-key']);

describe('undo', () => {
  const steps = actions.filter(({ undo }) => undo === 'step');

  /** A clipboard that other stages were copied to. */
  beforeEach(() => {
    let copied = 'stage pasted trim\nstage too lower\npasted -> too\n';
    vi.stubGlobal('navigator', {
      clipboard: {
        readText: () => Promise.resolve(copied),
        writeText: (text: string) => Promise.resolve((copied = text)),
      },
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  test.each(steps.map(({ id }) => id))(
    'takes “%s” back: content, layout, selection',
    async (id) => {
      const action = steps.find((one) => one.id === id)!;
      let taken = 0;
      for (const selection of selections) {
        const opened = await openSession({ text: plan, layout: beside });
        const { session, settled } = opened;
        session.select(selection);
        // What is copied and cut is fetched from the compiler.
        await new Promise((resolve) => setTimeout(resolve, 0));
        const context = contextOf(opened);
        if (action.refusal(context) !== null) continue;
        const before = session.content;
        const labels = session.plan.steps.length;
        perform(action, context);
        // What the compiler or the layout does comes later; what asks further has changed nothing.
        for (let turn = 0; turn < 60 && session.plan.steps.length === labels; turn += 1)
          await new Promise((resolve) => setTimeout(resolve, 1));
        if (session.plan.steps.length === labels) continue;
        taken += 1;
        await settled();
        const after = session.content;
        const chosen = session.selection;
        expect(session.plan.steps.length, 'one step').toBe(labels + 1);
        session.undo();
        await settled();
        expect(session.content.text).toBe(before.text);
        expect(session.content.target).toBe(before.target);
        expect(session.content.layout.notes).toEqual(before.layout.notes);
        expect(session.content.layout.groups).toEqual(before.layout.groups);
        // A new node's place, given in the background, may outlive it; the others are where they were.
        expect(session.content.layout.nodes).toMatchObject(before.layout.nodes);
        expect(session.selection).toEqual(selection);
        session.redo();
        await settled();
        expect(session.content.text).toBe(after.text);
        expect(session.selection).toEqual(chosen);
      }
      if (!opensFirst.has(id)) expect(taken).toBeGreaterThan(0);
    },
  );
});

describe('the seam', () => {
  const broken = [
    plan,
    '',
    'pipeline\n',
    'stage a\nstage a keep:(\n-> ->\n',
    'pipeline p\n\n\n   ',
    '\t# only a comment, with no line end',
    'pipeline p\n\ningress in\nstage x nobody:knows\negress out\nin -> x -> x -> out -> nowhere\n',
    `pipeline p\n\n${'#'.repeat(500)}\n\u00e9\u{1f600} stage\n`,
  ];

  test.each(broken.map((text, at) => [at, text]))(
    'opening and saving changes no byte (%i)',
    async (_, text) => {
      const { session, stored } = await openSession({ text }, { settles: false });
      await new Promise((resolve) => setTimeout(resolve, 20));
      await session.sync.saveNow();
      expect(session.content.text).toBe(text);
      expect(stored()?.content.text).toBe(text);
      expect(session.undoLabel).toBeNull();
    },
  );
});

describe('dirtiness', () => {
  test('is derived: what is undone is what was saved', async () => {
    const { session, settled } = await openSession({ text: plan });
    const before = await fingerprint(session.content);
    session.select(['b']);
    await removeSelected(session);
    await settled();
    expect(await fingerprint(session.content)).not.toBe(before);
    session.undo();
    await settled();
    expect(await fingerprint(session.content)).toBe(before);
    expect(await fingerprint({ ...emptyContent })).not.toBe(before);
  });
});

test('each gesture is one that makes something, or one that doesn’t', () => {
  expect(Object.keys(gestures).sort()).toEqual([...Object.keys(makers), ...makesNothing].sort());
});

describe('overlap', () => {
  const note = { text: 'why', width: 216, height: 66 };
  /** Notes beside what is made room in, so that whatever moves comes upon one. */
  const noted: DraftContent['layout'] = {
    ...emptyContent.layout,
    notes: {
      loose: { ...note, x: 0, y: 700, about: null },
      about: { ...note, x: 280, y: 90, about: 'b' },
      next: { ...note, x: 520, y: 260, about: 'c' },
    },
  };

  function lying(session: OpenedSession['session']): Set<string> {
    const { nodes, notes } = session.content.layout;
    const boxes = [
      ...nodesOf(session.graph).flatMap(({ id, kind }) => {
        const at: Position | undefined = nodes[id];
        return at ? [{ id, box: boxOf(kind, at) }] : [];
      }),
      ...Object.entries(notes).map(([id, box]) => ({ id: `note ${id}`, box })),
    ];
    const pairs = new Set<string>();
    boxes.forEach((a, index) => {
      for (const b of boxes.slice(index + 1))
        if (overlaps(a.box, b.box)) pairs.add([a.id, b.id].sort().join(' '));
    });
    return pairs;
  }

  test('no two nodes or notes lie on each other that didn’t before, whatever gesture makes or takes away', async () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const next = numbers(seed);
      const { session, settled } = await openSession({ text: plan, layout: noted });
      const names = Object.keys(makers) as Maker[];
      for (let gesture = 0; gesture < names.length * 2; gesture += 1) {
        const before = lying(session);
        const turn = turnOf(session, next);
        // Deleting heals, so that the plan stays one to go on with.
        if (gesture % 5 === 4 && session.graph.stages.length > 3) {
          session.select([turn.stage]);
          await removeSelected(session);
        } else await makers[names[next(names.length)]!](turn);
        await settled();
        for (const pair of lying(session))
          expect(before.has(pair), `seed ${seed}, gesture ${gesture}: ${pair}`).toBe(true);
      }
    }
  });
});
