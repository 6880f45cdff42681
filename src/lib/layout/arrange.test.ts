import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/** Workers that were started; none of them answers. */
const workers: { fail(): void; ended: boolean }[] = [];

vi.mock('elkjs/lib/elk-worker.min.js?worker', () => ({
  default: class extends EventTarget {
    ended = false;
    constructor() {
      super();
      workers.push(this);
    }
    postMessage() {}
    terminate() {
      this.ended = true;
    }
    fail() {
      this.dispatchEvent(new Event('error'));
    }
  },
}));

const nodes = [
  { id: 'in', kind: 'ingress' as const },
  { id: 'out', kind: 'egress' as const },
  { id: 'other', kind: 'egress' as const },
];
const wires = [
  { from: 'in', to: 'out' },
  { from: 'in', to: 'other' },
];

beforeEach(() => {
  vi.resetModules();
  workers.length = 0;
});
afterEach(() => vi.useRealTimers());

test('nodes get places soon, although the engine doesn’t come', async () => {
  vi.useFakeTimers();
  const { arrange } = await import('./arrange');
  const placed = arrange(nodes, wires);
  await vi.advanceTimersByTimeAsync(1_500);
  const { in: first, out: second } = await placed;
  expect(second!.y).toBeGreaterThan(first!.y);
  // It may only be slow: the next layout waits for the same one.
  void arrange(nodes, wires);
  expect(workers).toHaveLength(1);
  expect(workers[0]!.ended).toBe(false);
  await vi.advanceTimersByTimeAsync(1_500);
});

test('a chain needs no engine', async () => {
  const { arrange } = await import('./arrange');
  const { in: first, out: second } = await arrange(nodes.slice(0, 2), wires.slice(0, 1));
  expect(second!.y).toBeGreaterThan(first!.y);
  expect(workers).toHaveLength(0);
});

test('an engine that can’t be loaded is started again by the next layout', async () => {
  const { arrange } = await import('./arrange');
  const placed = arrange(nodes, wires);
  workers[0]!.fail();
  expect(Object.keys(await placed).sort()).toEqual(['in', 'other', 'out']);
  const again = arrange(nodes, wires);
  expect(workers).toHaveLength(2);
  workers[1]!.fail();
  await again;
});
