import { describe, expect, test } from 'vitest';
import type { CanvasElement, CanvasWire } from './model';
import { Scene } from './scene';

const element = (id: string, more: Partial<CanvasElement> = {}): CanvasElement => ({
  id,
  kind: 'stage',
  key: 'keep:x',
  family: 'keep',
  class: 'filters',
  capability: null,
  errors: 0,
  warnings: 0,
  hints: 0,
  inserted: [],
  ...more,
});

const wire = (from: string, to: string, more: Partial<CanvasWire> = {}): CanvasWire => ({
  id: `${from}->${to}`,
  from,
  to,
  intent: null,
  severity: null,
  errors: 0,
  warnings: 0,
  hints: 0,
  inserted: [],
  lanes: [],
  ...more,
});

const lane = (id: string, kind: 'events' | 'journal' = 'events') => ({ id, kind, capacity: null });

describe('the scene', () => {
  const chain = [element('a'), element('b'), element('c')];
  const wires = [wire('a', 'b'), wire('b', 'c')];
  const places = { a: { x: 0, y: 0 }, b: { x: 0, y: 80 }, c: { x: 0, y: 160 } };

  test('says what changed, and nothing when nothing did', () => {
    const scene = new Scene();
    expect(scene.show(chain, wires, places, 'down').moved).toEqual(new Set(['a', 'b', 'c']));
    expect(scene.show(chain, wires, places, 'down')).toEqual({
      moved: new Set(),
      changed: false,
      blocks: false,
    });
    const moved = scene.show(chain, wires, { ...places, c: { x: 40, y: 160 } }, 'down');
    expect(moved).toEqual({ moved: new Set(['c']), changed: true, blocks: true });
  });

  test('a key that is typed shows near by, and not where nodes are blocks', () => {
    const scene = new Scene();
    scene.show(chain, wires, places, 'down');
    const typed = [{ ...element('a'), key: 'keep:x' }, ...chain.slice(1)];
    expect(scene.show(typed, wires, places, 'down')).toMatchObject({
      changed: true,
      blocks: false,
    });
    const wrong = [{ ...typed[0]!, errors: 1 }, ...chain.slice(1)];
    expect(scene.show(wrong, wires, places, 'down')).toMatchObject({ changed: true, blocks: true });
  });

  test('only wires of what moved are worked out again', () => {
    const scene = new Scene();
    scene.show(chain, wires, places, 'down');
    const before = wires.map(({ id }) => scene.drawing(id));
    scene.show(chain, wires, { ...places, c: { x: 400, y: 160 } }, 'down');
    expect(scene.drawing('a->b')).toBe(before[0]);
    expect(scene.drawing('b->c')).not.toBe(before[1]);
  });

  test('a wire goes along when both its ends move alike', () => {
    const scene = new Scene();
    scene.show(chain, wires, places, 'down');
    const before = scene.drawing('a->b')!;
    scene.move([
      ['a', { x: 30, y: 7 }],
      ['b', { x: 30, y: 87 }],
    ]);
    const after = scene.drawing('a->b')!;
    expect(after.start).toEqual({ x: before.start.x + 30, y: before.start.y + 7 });
    expect(after.pieces[0]!.points).toHaveLength(before.pieces[0]!.points.length);
  });

  test('a node that is put on a wire is gone round', () => {
    const scene = new Scene();
    const far = { a: { x: 0, y: 0 }, b: { x: 500, y: 0 }, c: { x: 0, y: 400 } };
    const direct = [wire('a', 'c')];
    scene.show(chain, direct, far, 'down');
    expect(scene.drawing('a->c')!.pieces[0]!.points).toHaveLength(2);
    scene.show(chain, direct, { ...far, b: { x: 0, y: 200 } }, 'down');
    expect(scene.drawing('a->c')!.pieces[0]!.points.length).toBeGreaterThan(2);
  });

  test('inserted roles stand on the wire, with a lane before and behind each', () => {
    const scene = new Scene();
    const router = {
      role: 'router.a',
      kind: 'router',
      where: 'behind',
      does: '',
      why: '',
    } as const;
    const merge = { role: 'merge.c', kind: 'merge', where: 'before', does: '', why: '' } as const;
    const bridge = { role: 'bridge.a.c', kind: 'bridge', where: 'on', does: '', why: '' } as const;
    const between = wire('a', 'c', {
      inserted: [bridge],
      lanes: [
        lane('a.router.a'),
        lane('router.a.bridge.a.c', 'journal'),
        lane('bridge.a.c.merge.c'),
        lane('merge.c.c'),
      ],
    });
    scene.show(
      [element('a', { inserted: [router] }), element('c', { inserted: [merge] })],
      [between],
      { a: { x: 0, y: 0 }, c: { x: 0, y: 400 } },
      'down',
    );
    const drawing = scene.drawing('a->c')!;
    expect(drawing.pieces.map((piece) => piece.lane?.kind)).toEqual([
      'events',
      'journal',
      'events',
      'events',
    ]);
    expect(drawing.chips.map(({ inserted }) => inserted.role)).toEqual(['bridge.a.c']);
    const [routerChip] = scene.chips('a');
    const [mergeChip] = scene.chips('c');
    expect(routerChip!.box.y).toBe(56 + 24);
    expect(mergeChip!.box.y + mergeChip!.box.height).toBe(400 - 24);
    // Each piece ends where the next thing begins.
    expect(drawing.pieces[0]!.points.at(-1)!.y).toBe(routerChip!.box.y);
    expect(drawing.pieces[3]!.points.at(-1)).toEqual({ x: 116, y: 400 });
  });

  test('what is gone stands in its old place, and no wire passes through it', () => {
    const scene = new Scene();
    const role = (id: string, where: 'behind' | 'on', ghost: boolean) => ({
      role: id,
      kind: where === 'on' ? ('bridge' as const) : ('router' as const),
      where,
      does: '',
      why: '',
      ...(ghost ? { ghost, difference: 'removed' as const } : {}),
    });
    const show = (behind: ReturnType<typeof role>[]) =>
      scene.show(
        [element('a', { inserted: behind }), element('c')],
        [wire('a', 'c', { inserted: [role('bridge.a.c', 'on', true)], lanes: [lane('a.c')] })],
        { a: { x: 0, y: 0 }, c: { x: 0, y: 400 } },
        'down',
      );
    show([role('router.a', 'behind', true)]);
    expect(scene.drawing('a->c')!.pieces.map((piece) => piece.lane?.id)).toEqual(['a.c']);
    expect(scene.drawing('a->c')!.chips).toHaveLength(1);
    expect(scene.chips('a')[0]!.box.y).toBe(56 + 24);
    show([role('router.b', 'behind', false), role('router.a', 'behind', true)]);
    const [taker, ghost] = scene.chips('a');
    expect(ghost!.box.x).toBeGreaterThanOrEqual(taker!.box.x + taker!.box.width);
  });

  test('to the right everything is turned, and hits are found as well', () => {
    const scene = new Scene();
    scene.show(
      chain,
      wires,
      { a: { x: 0, y: 0 }, b: { x: 280, y: 0 }, c: { x: 560, y: 0 } },
      'right',
    );
    const drawing = scene.drawing('a->b')!;
    expect(drawing.start).toEqual({ x: 232, y: 28 });
    expect(drawing.end).toEqual({ x: 280, y: 28 });
    expect(scene.nodeAt({ x: 300, y: 20 })).toBe('b');
    expect(scene.nodeAt({ x: 250, y: 20 })).toBeNull();
    expect(scene.wireAt({ x: 256, y: 30 }, 6)?.id).toBe('a->b');
    expect(scene.wireAt({ x: 256, y: 30 }, 6, ({ from }) => from === 'a')).toBeNull();
  });

  test('what is gone is gone from everywhere', () => {
    const scene = new Scene();
    scene.show(chain, wires, places, 'down');
    scene.drawing('b->c');
    scene.show(chain.slice(0, 2), wires.slice(0, 1), places, 'down');
    expect(scene.nodeAt({ x: 10, y: 170 })).toBeNull();
    expect(scene.drawing('b->c')).toBeNull();
    expect([...scene.wiresIn({ x: -100, y: -100, width: 900, height: 900 })]).toEqual(['a->b']);
  });
});
