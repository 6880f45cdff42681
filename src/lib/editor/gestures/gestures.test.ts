import { describe, expect, test } from 'vitest';
import { emptyLayout, type DraftContent } from '$lib/document/content';
import type { EditorSession } from '../session.svelte';
import { openSession } from '../session/open.testing';
import {
  addBoundary,
  addNote,
  addStage,
  alignSelected,
  boundaryBySelection,
  copyTo,
  distributeSelected,
  duplicateSelected,
  insertExisting,
  mayInsertOrBranch,
  paste,
  pasteFrom,
  placeBySelection,
  reconnect,
  rememberCopied,
  removeSelected,
  rename,
  swap,
} from '.';

async function opened(content: Partial<DraftContent> = {}) {
  const { session, settled } = await openSession(content);
  const wires = () => session.graph.connections.map(({ id }) => id).sort();
  return { session, settled, wires };
}

const chain = ['in->json', 'json->quiet', 'quiet->out'];

describe('adding', () => {
  test('behind a stage goes between it and what follows, by default', async () => {
    const { session, settled, wires } = await opened();
    expect(mayInsertOrBranch(session, { after: 'json' })).toBe(true);
    const id = await addStage(session, { key: 'trim' }, { after: 'json' });
    await settled();
    expect(wires()).toEqual(['in->json', `json->${id}`, 'quiet->out', `${id}->quiet`].sort());
    expect(session.selection).toEqual([id]);
  });

  test('as a branch leaves what follows alone', async () => {
    const { session, settled, wires } = await opened();
    const id = await addStage(session, { key: 'trim' }, { after: 'json', branch: true });
    await settled();
    expect(wires()).toEqual([...chain, `json->${id}`].sort());
  });

  test('behind a stage that leads to several takes all of them over, in one step', async () => {
    const { session, settled, wires } = await opened();
    const branch = await addStage(session, { key: 'trim' }, { after: 'json', branch: true });
    await settled();
    const before = session.content.text;
    const id = await addStage(session, { key: 'lower' }, { after: 'json' });
    await settled();
    expect(wires()).toEqual(
      ['in->json', `json->${id}`, `${id}->quiet`, `${id}->${branch}`, 'quiet->out'].sort(),
    );
    session.undo();
    expect(session.content.text).toBe(before);
  });

  test('to a draft in which nothing is written begins its plan, under the draft’s name, in one step', async () => {
    const { session, settled } = await opened({ text: '' });
    await addBoundary(session, 'ingress');
    await settled();
    const id = await addStage(session, { key: 'trim' }, { after: 'in' });
    await settled();
    await addBoundary(session, 'egress', { after: id ?? '' });
    await settled();
    expect(session.content.text.startsWith('pipeline shop\n')).toBe(true);
    expect(session.errors).toBe(0);
    for (let steps = 0; steps < 3; steps += 1) session.undo();
    expect(session.content.text).toBe('');
    expect(session.undoLabel).toBeNull();
  });

  test('the first stage of a plan goes between its ends; later ones where the selection is', async () => {
    const text = 'pipeline p\n\ningress in\negress out\n\nin -> out\n';
    const { session, settled, wires } = await opened({ text });
    await settled();
    expect(placeBySelection(session)).toEqual({ on: { from: 'in', to: 'out' } });
    const id = await addStage(session, { key: 'trim' }, placeBySelection(session));
    await settled();
    expect(wires()).toEqual([`in->${id}`, `${id}->out`].sort());
    session.select([]);
    expect(placeBySelection(session)).toEqual({});
  });

  test('before an element that has something before it goes between', async () => {
    const { session, settled, wires } = await opened();
    const id = await addStage(session, { key: 'trim' }, { before: 'out' });
    await settled();
    expect(wires()).toEqual(['in->json', 'json->quiet', `quiet->${id}`, `${id}->out`].sort());
  });

  test('with a lane says what lane the new connection is', async () => {
    const { session, settled } = await opened();
    const id = await addStage(
      session,
      { key: 'trim' },
      { after: 'json', branch: true, intent: { kind: 'journal' } },
    );
    await settled();
    expect(session.graph.connections.find(({ to }) => to === id)?.intent?.kind).toBe('journal');
  });

  test('an egress behind a stage is one step with its connection', async () => {
    const { session, settled, wires } = await opened();
    const before = session.content.text;
    const id = await addBoundary(session, 'egress', { after: 'json' });
    await settled();
    expect(wires()).toContain(`json->${id}`);
    session.undo();
    expect(session.content.text).toBe(before);
  });

  test('a boundary goes to the open end of the stage that is selected, and to no other', async () => {
    const text = 'pipeline p\n\nstage a trim\nstage b lower\n\na -> b\n';
    const { session, settled, wires } = await opened({ text });
    const place = (id: string, kind: 'ingress' | 'egress') => {
      session.select([id]);
      return boundaryBySelection(session, kind);
    };
    expect(place('a', 'egress')).toEqual({});
    expect(place('b', 'ingress')).toEqual({});
    await addBoundary(session, 'ingress', place('a', 'ingress'));
    await settled();
    await addBoundary(session, 'egress', place('b', 'egress'));
    await settled();
    expect(wires()).toEqual(['a->b', 'b->out', 'in->a']);
    expect(place('in', 'egress')).toEqual({});
    session.select([]);
    expect(boundaryBySelection(session, 'egress')).toEqual({});
  });

  test('between two of a group joins the group', async () => {
    const { session } = await opened();
    session.run({
      label: 'Group',
      change: { groups: { g: { title: 'G', members: ['json', 'quiet'] } } },
    });
    const id = await addStage(session, { key: 'trim' }, { after: 'json' });
    expect(session.content.layout.groups['g']?.members).toEqual(['json', id, 'quiet']);
  });
});

describe('a stage that is there', () => {
  test('dropped on another connection leaves its old place healed, in one step', async () => {
    const { session, settled, wires } = await opened();
    const before = session.content;
    expect(await insertExisting(session, 'quiet', { from: 'in', to: 'json' })).toBe(true);
    await settled();
    expect(wires()).toEqual(['in->quiet', 'json->out', 'quiet->json']);
    session.undo();
    await settled();
    expect(session.content.text).toBe(before.text);
    expect(session.content.layout).toEqual(before.layout);
  });

  test('isn’t dropped on its own connection', async () => {
    const { session, wires } = await opened();
    expect(await insertExisting(session, 'quiet', { from: 'json', to: 'quiet' })).toBe(false);
    expect(wires()).toEqual(chain);
  });

  test('swaps its place with another, keys and positions too', async () => {
    const { session, settled, wires } = await opened();
    const { nodes } = session.content.layout;
    expect(await swap(session, 'json', 'quiet')).toBe(true);
    await settled();
    expect(wires()).toEqual(['in->quiet', 'json->out', 'quiet->json']);
    const keyOf = (id: string) => session.graph.stages.find((stage) => stage.id === id)?.key;
    expect([keyOf('json'), keyOf('quiet')]).toEqual(['json_require:event_id', 'drop:debug']);
    expect(session.content.layout.nodes['json']).toEqual(nodes['quiet']);
  });

  test('has its note beside it, on nothing that stands there', async () => {
    const { session } = await opened({
      layout: { ...emptyLayout, nodes: { json: { x: 0, y: 0 }, quiet: { x: 252, y: 0 } } },
    });
    const places: { x: number; y: number }[] = [];
    for (const text of ['one', 'another']) {
      session.select(['json']);
      const id = addNote(session, { x: 0, y: 0 }, text) ?? '';
      const note = session.content.layout.notes[id];
      expect(note).toMatchObject({ text, about: 'json' });
      if (note) places.push(note);
    }
    const clear = (a: { x: number; y: number }, b: { x: number; y: number }, height: number) =>
      a.x >= b.x + 216 || b.x >= a.x + 232 || a.y >= b.y + height || b.y >= a.y + 66;
    for (const note of places) expect(clear(note, { x: 252, y: 0 }, 56)).toBe(true);
    expect(clear(places[1]!, places[0]!, 66)).toBe(true);
  });

  test('takes its place, notes and groups along when it is renamed', async () => {
    const { session, settled } = await opened();
    session.run({
      label: 'Beside',
      change: {
        notes: { n: { text: 'why', x: 0, y: 0, width: 10, height: 10, about: 'json' } },
        groups: { g: { title: 'G', members: ['json'] } },
      },
    });
    await rename(session, 'json', 'parse');
    await settled();
    const { layout } = session.content;
    expect(layout.notes['n']?.about).toBe('parse');
    expect(layout.groups['g']?.members).toEqual(['parse']);
    expect(layout.nodes['json']).toBeUndefined();
    session.select(['parse']);
    await removeSelected(session);
    expect(session.content.layout.groups).toEqual({});
    expect(session.content.layout.notes['n']?.text).toBe('why');
  });
});

describe('copies', () => {
  const apart = (
    a: { x: number; y: number } | undefined,
    b: { x: number; y: number } | undefined,
  ) => (a && b ? { x: b.x - a.x, y: b.y - a.y } : null);

  test('stand to each other as their originals do, and on nothing', async () => {
    const { session } = await opened();
    session.select(['json', 'quiet']);
    await duplicateSelected(session);
    const [a = '', b = ''] = session.selection;
    const { nodes } = session.content.layout;
    expect(apart(nodes[a], nodes[b])).toEqual(apart(nodes['json'], nodes['quiet']));
    const corners = Object.values(nodes).map(({ x, y }) => `${x} ${y}`);
    expect(new Set(corners).size).toBe(corners.length);
  });

  test('pasted from here keep their places, at the pointer; from elsewhere they get some', async () => {
    const { session, settled } = await opened();
    session.select(['json', 'quiet']);
    await expect.poll(() => session.fragment).toContain('stage quiet');
    const text = session.fragment;
    rememberCopied(session);
    await paste(session, text, { at: { x: 2_000, y: 3_000 } });
    const { nodes } = session.content.layout;
    const [a = '', b = ''] = session.selection;
    expect(nodes[a]).toMatchObject({ x: 2_000, y: 3_000 });
    expect(apart(nodes[a], nodes[b])).toEqual(apart(nodes['json'], nodes['quiet']));
    session.select([]);
    await paste(session, 'stage other trim\n');
    await settled();
    expect(session.content.layout.nodes['other']).toBeDefined();
  });

  const beside: DraftContent['layout'] = {
    ...emptyLayout,
    nodes: {
      in: { x: 40, y: 0 },
      json: { x: 0, y: 100 },
      quiet: { x: 0, y: 220 },
      out: { x: 40, y: 340 },
    },
    notes: {
      note: { text: 'why', x: 300, y: 100, width: 160, height: 60, about: 'json' },
      free: { text: 'all', x: 600, y: 0, width: 160, height: 60, about: null },
    },
    groups: { group: { title: 'Both', members: ['json', 'quiet'] } },
  };
  /** Notes and groups beside the copies that are selected. */
  const besideCopies = ({ content, selection }: EditorSession) => ({
    notes: Object.values(content.layout.notes).filter(({ about }) =>
      selection.includes(about ?? ''),
    ),
    groups: Object.values(content.layout.groups).filter(({ members }) =>
      members.some((id) => selection.includes(id)),
    ),
  });

  test('take notes and whole groups along, when they are duplicated', async () => {
    const { session } = await opened({ layout: beside });
    session.select(['json', 'quiet']);
    await duplicateSelected(session);
    const [a = ''] = session.selection;
    const at = session.content.layout.nodes[a]!;
    const { notes, groups } = besideCopies(session);
    expect(notes).toEqual([
      { text: 'why', x: at.x + 300, y: at.y, width: 160, height: 60, about: a },
    ]);
    expect(groups).toEqual([{ title: 'Both', members: session.selection }]);
    session.undo();
    expect(session.content.layout.notes).toEqual(beside.notes);
    expect(session.content.layout.groups).toEqual(beside.groups);
    // A group that only some of the copied are in stays theirs.
    session.select(['json']);
    await duplicateSelected(session);
    expect(besideCopies(session).groups).toEqual([]);
  });

  test('take them along from draft to draft, by what the clipboard has', async () => {
    const from = await opened({ layout: beside });
    from.session.select(['json', 'quiet']);
    await expect.poll(() => from.session.fragment).toContain('stage quiet');
    const kept = new Map<string, string>();
    const clipboard = {
      setData: (type: string, data: string) => void kept.set(type, data),
      getData: (type: string) => kept.get(type) ?? '',
    } as DataTransfer;
    copyTo(clipboard, from.session);
    await removeSelected(from.session, true);
    expect(from.session.content.layout.notes).toEqual({ free: beside.notes['free'] });

    const to = await opened();
    await pasteFrom(clipboard, to.session);
    const { notes, groups } = besideCopies(to.session);
    expect(notes.map(({ text }) => text)).toEqual(['why']);
    expect(groups).toEqual([{ title: 'Both', members: to.session.selection }]);
  });
});

describe('notes', () => {
  const note = { text: 'why', width: 160, height: 60 };
  const noted: DraftContent['layout'] = {
    ...emptyLayout,
    nodes: {
      in: { x: 40, y: 0 },
      json: { x: 0, y: 100 },
      quiet: { x: 60, y: 180 },
      out: { x: 40, y: 420 },
    },
    notes: {
      quiet: { ...note, x: 320, y: 180, about: 'quiet' },
      loose: { ...note, x: 60, y: 260, about: null },
    },
  };
  const by = (session: EditorSession, id: string) => {
    const { notes, nodes } = session.content.layout;
    const [at, about] = [notes[id]!, nodes[notes[id]!.about ?? '']!];
    return { x: at.x - about.x, y: at.y - about.y };
  };

  test('go along when room is made, and off what comes upon them, in the same step', async () => {
    const { session, settled } = await opened({ layout: noted });
    await addStage(session, { key: 'trim' }, { on: { from: 'json', to: 'quiet' } });
    await settled();
    const { nodes, notes } = session.content.layout;
    expect(nodes['quiet']!.y).toBeGreaterThan(180);
    expect(by(session, 'quiet')).toEqual({ x: 260, y: 0 });
    // `quiet` came to lie where the loose one was.
    const { y } = nodes['quiet']!;
    expect(y).toBeLessThan(260 + 60);
    expect(notes['loose']!.y >= y + 56 || notes['loose']!.x >= 60 + 232).toBe(true);
    session.undo();
    expect(session.content.layout).toEqual(noted);
  });

  test('go along with a stage that is put onto a wire', async () => {
    const { session, settled } = await opened({ layout: noted });
    await insertExisting(session, 'quiet', { from: 'in', to: 'json' });
    await settled();
    expect(session.content.layout.nodes['quiet']).not.toEqual(noted.nodes['quiet']);
    expect(by(session, 'quiet')).toEqual({ x: 260, y: 0 });
  });

  test('go along with what is aligned and distributed', async () => {
    const { session } = await opened({ layout: noted });
    session.select(['json', 'quiet']);
    alignSelected(session, 'left');
    expect(session.content.layout.nodes['quiet']!.x).toBe(0);
    expect(by(session, 'quiet')).toEqual({ x: 260, y: 0 });
    session.select(['json', 'quiet', 'out']);
    distributeSelected(session, 'y');
    expect(session.content.layout.nodes['quiet']!.y).toBeGreaterThan(200);
    expect(by(session, 'quiet')).toEqual({ x: 260, y: 0 });
    // All of it comes into view.
    expect([...session.made].sort()).toEqual(['json', 'out', 'quiet']);
  });
});

test('a wire that is put elsewhere makes room for the merge that it brings', async () => {
  const text = `pipeline p

ingress in
stage a trim
stage b lower
stage c upper
egress out
egress side

in -> a -> b -> out
a -> c -> side
`;
  const nodes = {
    in: { x: 40, y: 0 },
    a: { x: 0, y: 60 },
    b: { x: 0, y: 200 },
    c: { x: 280, y: 200 },
    out: { x: 40, y: 290 },
    side: { x: 320, y: 290 },
  };
  const { session, settled } = await opened({ text, layout: { ...emptyLayout, nodes } });
  await reconnect(session, { from: 'c', to: 'side' }, { from: 'c', to: 'out' });
  await settled();
  // 24 + 20 + 36 between b and out, for the merge before out.
  expect(session.content.layout.nodes['out']!.y).toBe(200 + 56 + 80);
  session.undo();
  expect(session.content.layout.nodes['out']!.y).toBe(290);
});
