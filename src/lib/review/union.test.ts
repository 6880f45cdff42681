import { expect, test, vi } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { emptyLayout, type Layout } from '$lib/document/content';
import { boxOf, overlaps } from '$lib/document/placement';
import { simpleLayout } from '$lib/document/placement-tidy';
import { drawn } from './compare';
import { shapeOf, unionLayout } from './union-places';
import { pictureOf, unite, type Union } from './union';

// Some hundred compiles, beside whatever else the machine does.
vi.setConfig({ testTimeout: 60_000 });

/** Numbers that are the same for the same seed. */
function numbers(seed: number) {
  let state = seed >>> 0;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Parts {
  stages: { id: string; key: string }[];
  /** By index into the stages: what each gets records from; none for the ingress. */
  behind: number[][];
}

const keys = ['upper', 'lower', 'prefix:a', 'truncate:9', 'keep:x', 'drop:y', 'trim'];

function randomParts(pick: (below: number) => number): Parts {
  const count = 2 + pick(9);
  return {
    stages: Array.from({ length: count }, (_, at) => ({ id: `s${at}`, key: keys[pick(7)]! })),
    behind: Array.from({ length: count }, (_, at) =>
      at === 0 ? [] : [...new Set(Array.from({ length: 1 + pick(2) }, () => pick(at)))],
    ),
  };
}

/** Another plan, some steps away from this one. */
function changed({ stages, behind }: Parts, pick: (below: number) => number): Parts {
  const next: Parts = {
    stages: stages.map((stage) => ({ ...stage })),
    behind: structuredClone(behind),
  };
  for (let steps = 1 + pick(4); steps > 0; steps -= 1) {
    const at = pick(next.stages.length);
    const stage = next.stages[at]!;
    switch (pick(4)) {
      case 0:
        stage.key = keys[pick(7)]!;
        break;
      case 1:
        stage.id = `r${pick(1000)}`;
        break;
      case 2:
        next.stages.push({ id: `n${pick(1000)}`, key: keys[pick(7)]! });
        next.behind.push([at]);
        break;
      default:
        if (at > 0) next.behind[at] = [pick(at)];
    }
  }
  return next;
}

function planText({ stages, behind }: Parts): string {
  const ids = stages.map(({ id }) => id);
  const taken = new Set(behind.flat());
  const ends = ids.filter((_, at) => !taken.has(at));
  return [
    'pipeline generated',
    'ingress feed',
    ...stages.map(({ id, key }) => `stage ${id} ${key}`),
    ...ends.map((_, at) => `egress out${at}`),
    ...behind.flatMap((from, at) =>
      from.length === 0 ? [`feed -> ${ids[at]}`] : from.map((of) => `${ids[of]} -> ${ids[at]}`),
    ),
    ...ends.map((id, at) => `${id} -> out${at}`),
    '',
  ].join('\n');
}

async function unionOf(before: string, after: string) {
  const side = (text: string) => ({ text, target: 'lane_graph' as const });
  const [old, now, diff, families] = await Promise.all([
    compilerInProcess.call('compile', side(before)),
    compilerInProcess.call('compile', side(after)),
    compilerInProcess.call('diff', { before: side(before), after: side(after), of: 'plan' }),
    compilerInProcess.call('catalogue', {}),
  ]);
  return {
    old,
    now,
    diff,
    union: unite(drawn(old, families, 'lane_graph'), drawn(now, families, 'lane_graph'), diff),
  };
}

function placed(union: Union, side: 'before' | 'after'): Layout {
  const nodes = union.elements.flatMap(({ [side]: element }) =>
    element && element.kind !== 'group' ? [{ id: element.id, kind: element.kind }] : [],
  );
  const wires = union.wires.flatMap(({ [side]: wire }) =>
    wire ? [{ from: wire.from, to: wire.to }] : [],
  );
  return { ...emptyLayout, nodes: simpleLayout(nodes, wires) };
}

test('the union has every element of both plans once, each change is drawn, and nothing else is marked', async () => {
  for (let seed = 1; seed <= 80; seed += 1) {
    const pick = numbers(seed);
    const parts = randomParts(pick);
    const [before, after] = [planText(parts), planText(changed(parts, pick))];
    const { old, now, diff, union } = await unionOf(before, after);
    const count = ({ graph }: typeof old) => graph.boundaries.length + graph.stages.length;

    expect(union.elements.filter((element) => element.before).length, before).toBe(count(old));
    expect(union.elements.filter((element) => element.after).length, after).toBe(count(now));
    expect(new Set(union.elements.map(({ id }) => id)).size).toBe(union.elements.length);

    for (const change of diff.changes)
      if (change.subject !== 'metadata' && change.subject !== 'setting')
        expect(union.placesOf(change), `${seed} ${change.class} ${change.id}`).toHaveLength(1);
    const marked = pictureOf(union, 'both').elements.filter(
      ({ difference }) => difference && difference.classes.length > 0,
    );
    for (const { id, difference } of marked) {
      const there = union.elements.find((element) => element.id === id);
      expect(difference!.classes.includes('added'), id).toBe(there?.before === null);
      expect(difference!.ghost, id).toBe(there?.after === null);
    }
    for (const { before: was, after: is, id } of union.elements)
      if (!was || !is)
        expect(
          marked.some((element) => element.id === id),
          id,
        ).toBe(true);
  }
});

test('what is there after keeps its place in every comparison, and a ghost covers nothing', async () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const pick = numbers(seed);
    const first = randomParts(pick);
    const second = changed(first, pick);
    const third = changed(second, pick);
    const last = planText(third);
    const one = await unionOf(planText(first), last);
    const two = await unionOf(planText(second), last);
    const places = placed(one.union, 'after');
    const layouts = [one, two].map(({ union }) =>
      unionLayout(union, placed(union, 'before'), places, {}),
    );
    for (const { union } of [one, two])
      for (const { id, after } of union.elements)
        for (const layout of layouts)
          if (after) expect(layout.nodes[id]).toEqual(places.nodes[after.id]);
    const { nodes } = shapeOf(one.union);
    const box = (id: string) => {
      const { kind } = nodes.find((node) => node.id === id)!;
      return boxOf(kind, layouts[0]!.nodes[id]!);
    };
    for (const { id, after } of one.union.elements)
      if (!after)
        for (const other of nodes)
          if (other.id !== id)
            expect(overlaps(box(id), box(other.id)), `${seed}: ${id}, ${other.id}`).toBe(false);
  }
});

test('one side alone stands in the places of both', async () => {
  const { union } = await unionOf(
    'pipeline a\ningress in\nstage one upper\nstage two lower\negress out\nin -> one -> two -> out\n',
    'pipeline a\ningress in\nstage one trim\negress out\nin -> one -> out\n',
  );
  const ids = (shown: 'both' | 'from' | 'to') =>
    pictureOf(union, shown).elements.map(({ id }) => id);
  const all = ['boundary:in', 'stage:one', 'stage:two', 'boundary:out'];
  expect(ids('both').sort()).toEqual([...all].sort());
  expect(ids('from').sort()).toEqual([...all].sort());
  expect(ids('to').sort()).toEqual(all.filter((id) => id !== 'stage:two').sort());
  const [from] = pictureOf(union, 'from').elements.filter(({ id }) => id === 'stage:one');
  expect(from?.key).toBe('upper');
  const wire = pictureOf(union, 'both').wires.find(({ id }) => id === 'stage:one->boundary:out');
  expect(wire?.difference).toBe('added');
});

test('what lowering inserts is marked, and open threads stand at what they are about', async () => {
  const plain =
    'pipeline a\ningress in\nstage one upper\negress out\negress other\nin -> one -> out\n';
  // A second way out puts a router behind the stage.
  const { diff, union } = await unionOf(
    plain.replace('egress other\n', ''),
    `${plain}one -> other\n`,
  );
  const [router] = diff.union.inserted;
  expect(router).toMatchObject({ kind: 'router', side: 'after' });
  const threads = new Map([
    ['stage:one', 2],
    ['stage:one->boundary:out', 1],
  ]);
  const { elements, wires } = pictureOf(union, 'both', threads);
  const one = elements.find(({ id }) => id === 'stage:one');
  expect(one?.inserted).toMatchObject([{ role: router?.id, difference: 'added' }]);
  expect(one?.difference?.threads).toBe(2);
  expect(elements.find(({ id }) => id === 'boundary:in')?.difference?.threads).toBe(0);
  expect(wires.map(({ id, threads: open }) => [id, open])).toContainEqual([
    'stage:one->boundary:out',
    1,
  ]);
  // Seen from the other side it goes.
  const back = await unionOf(`${plain}one -> other\n`, plain.replace('egress other\n', ''));
  const before = pictureOf(back.union, 'from').elements.find(({ id }) => id === 'stage:one');
  expect(before?.inserted).toMatchObject([{ role: router?.id, difference: 'removed' }]);
  // The element stays without it: a ghost stands there in both, and nothing in what is to come.
  const left = pictureOf(back.union, 'both').elements.find(({ id }) => id === 'stage:one');
  expect(left?.inserted).toMatchObject([{ role: router?.id, difference: 'removed', ghost: true }]);
  const to = pictureOf(back.union, 'to').elements.find(({ id }) => id === 'stage:one');
  expect(to?.inserted).toEqual([]);
  const same = await unionOf(`${plain}one -> other\n`, `${plain}one -> other\n`);
  const unmarked = pictureOf(same.union, 'both').elements.find(({ id }) => id === 'stage:one');
  expect(unmarked?.inserted.map(({ difference }) => difference)).toEqual([undefined]);
});
