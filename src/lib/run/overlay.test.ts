import { describe, expect, it } from 'vitest';
import type { RunLook, RunShape } from '$lib/compiler';
import { overlayAt, type AtStep } from './overlay';
import { RunView } from './view';
import { fateWords, stepWords, wouldAct } from './words';

const shape: RunShape = {
  ring: false,
  ingresses: ['feed'],
  lanes: [
    { id: 'feed.post', capacity: 4 },
    { id: 'post.out', capacity: null },
  ],
  nodes: [
    { id: 'feed', kind: 'ingress', shard: 0, leaves: false, acts: null, reads: [], writes: [0] },
    {
      id: 'post',
      kind: 'stage',
      shard: 0,
      leaves: false,
      acts: 'http_post:https://x.example/',
      reads: [0],
      writes: [1],
    },
    { id: 'out', kind: 'egress', shard: 0, leaves: true, acts: null, reads: [1], writes: [] },
  ],
};

/** Head, nodes, lanes, reads: as `Run.state` gives them. */
function view(nodes: number[][], lanes: number[][], reads: number[][], head: number[] = []) {
  const first = Array.from({ length: 8 }, (_, at) => head[at] ?? 0);
  const numbers = [...first, ...nodes.flat(), ...lanes.flat(), ...reads.flat()];
  return new RunView(Uint32Array.from(numbers), shape);
}

const look = (record: number, node: number, what: RunLook['what'] = 'passed'): RunLook => ({
  step: 9,
  record,
  node,
  what,
  lane: null,
  before: 'a',
  after: 'a',
});

const paused = view(
  [
    [5, 4, 0, 0, 0, 1, 0, 1, 0],
    [1200, 1200, 0, 0, 0, 0, 0, 0, 0],
    [1199, 1199, 0, 0, 0, 0, 0, 0, 0],
  ],
  [
    [4, 5, 0, 1],
    [1, 1200, 0, 0],
  ],
  [
    [4, 318],
    [1, 317],
  ],
  [40, 90, 0, 41, 0, 3, 1024, 2000],
);

const at = (more: Partial<AtStep> = {}): AtStep => ({
  shape,
  view: paused,
  next: look(318, 1),
  last: look(317, 0),
  stopsAt: (id) => id === 'post',
  connections: [],
  ring: { ingress: undefined, egress: undefined },
  ...more,
});

describe('the overlay of a run', () => {
  it('says what went in and out, what comes next, and what holds', () => {
    const { nodes, wires } = overlayAt(at());
    expect(nodes.get('post')).toEqual({
      counts: '1\u202f200 → 1\u202f200',
      line: 'paused: #318 goes in',
      tone: 'paused',
      breakpoint: true,
    });
    expect(nodes.get('feed')).toMatchObject({
      counts: '5',
      of: '2\u202f000',
      line: 'holds 1: the lane is full',
      tone: 'warn',
    });
    expect(nodes.get('out')).toMatchObject({ counts: '1\u202f199', line: '' });
    expect(wires.get('feed.post')).toEqual({ label: '4/4 #318', current: true, blocked: true });
    expect(wires.get('post.out')).toEqual({ label: '#317', current: false, blocked: false });
  });

  it('says of a held record that it goes out, and what was lost in a journal', () => {
    expect(overlayAt(at({ next: look(318, 1, 'emitted') })).nodes.get('post')?.line).toBe(
      'paused: #318, which it held, goes out',
    );
    const late = view(
      [
        [5, 5, 0, 0, 0, 0, 0, 0, 0],
        [3, 3, 0, 0, 0, 0, 2, 0, 0],
        [3, 3, 0, 0, 0, 0, 0, 0, 0],
      ],
      [
        [0, 5, 2, 0],
        [0, 3, 0, 0],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    );
    expect(overlayAt(at({ view: late, next: null })).nodes.get('post')).toMatchObject({
      line: '2 overwritten before it came',
      tone: 'warn',
    });
  });

  it('says what would be done, and gives the same objects again where nothing changed', () => {
    const before = overlayAt(at());
    const after = overlayAt(at({ next: null }), before);
    expect(after.nodes.get('post')).toMatchObject({
      line: 'would post 1\u202f200; nothing is sent',
      tone: 'effect',
    });
    expect(after.nodes.get('feed')).toBe(before.nodes.get('feed'));
    expect(after.nodes.get('post')).not.toBe(before.nodes.get('post'));
  });
});

describe('words about records', () => {
  const fate = { came: true, at: [], out: [], dropped: [], rejected: [], missed: [] };

  it('tell where each is, or what became of it', () => {
    expect(fateWords({ ...fate, at: [1] }, shape)).toEqual({ text: 'at post', kind: 'underway' });
    expect(fateWords({ ...fate, out: [2], dropped: [[1, 7]] }, shape)).toEqual({
      text: 'out',
      kind: 'out',
    });
    expect(fateWords({ ...fate, dropped: [[1, 7]] }, shape).text).toBe('dropped at post');
    expect(fateWords({ ...fate, rejected: [[1, 7]], at: [2] }, shape)).toEqual({
      text: 'rejected at post; at out',
      kind: 'rejected',
    });
    expect(fateWords({ ...fate, came: false }, shape).text).toBe('not in yet');
  });

  it('tell what a step did', () => {
    expect(stepWords(look(3, 1, 'dropped'), shape)).toBe('post drops #3');
    expect(stepWords({ ...look(3, 0, 'blocked'), lane: 0 }, shape)).toBe(
      'feed holds #3: feed.post is full',
    );
    expect(wouldAct('other:x', 1)).toBe('would act on 1; nothing is sent');
  });
});
