import { describe, expect, test } from 'vitest';
import type { CanvasLane, CanvasWire } from '$lib/canvas/model';
import { pathOf } from '$lib/canvas/route';
import { Scene } from '$lib/canvas/scene';
import { drawGraphviz } from './graphviz';
import { paletteNames, type Palette } from './palette';
import { drawPicture, type PictureElement, type PicturePlan } from './picture';

const palette = Object.fromEntries(paletteNames.map((name) => [name, `#${name}`])) as Palette;

const fine = { errors: 0, warnings: 0, hints: 0 };

function element(id: string, kind: PictureElement['kind'], key: string | null): PictureElement {
  const none = { family: null, class: null, capability: null, inserted: [], sentence: [] };
  return { id, kind, key, ...none, ...fine };
}

function wire(from: string, to: string, intent: string | null, lanes: CanvasWire['lanes']) {
  const id = `${from}->${to}`;
  return { id, from, to, intent, lanes, inserted: [], severity: null, ...fine };
}

const lane = (id: string, kind: CanvasLane['kind'], capacity: number | null = null) => ({
  id,
  kind,
  capacity,
});

const plan: PicturePlan = {
  title: 'Orders & <more>',
  elements: [
    element('in', 'ingress', null),
    {
      ...element('mask', 'stage', 'json_mask:email'),
      class: 'rewrites',
      sentence: [
        { text: 'Masks ', value: false },
        { text: 'email', value: true },
      ],
    },
    element('quiet', 'stage', 'drop:"a"'),
    element('out', 'egress', null),
  ],
  wires: [
    wire('in', 'mask', 'journal', [lane('in.mask', 'journal')]),
    wire('mask', 'quiet', 'sequenced_slots 256', [lane('mask.quiet', 'sequenced_slots', 256)]),
    wire('quiet', 'out', null, [lane('quiet.out', 'events')]),
  ],
  layout: {
    v: 2,
    direction: 'down',
    nodes: {
      in: { x: 40, y: 0 },
      mask: { x: 0, y: 100 },
      quiet: { x: 0, y: 220 },
      out: { x: 40, y: 340 },
    },
    notes: {
      n: { text: 'twice "a" <b>', x: 300, y: 220, width: 160, height: 60, about: 'quiet' },
    },
    groups: { g: { title: 'People', members: ['mask', 'quiet', 'gone'] } },
  },
};

/** As an XML parser sees it: tags balanced, no stray markup. */
function elements(svg: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  for (const [, close, name = '', empty] of svg.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/giu)) {
    if (close) expect(open.pop()).toBe(name);
    else {
      seen.push(name);
      if (!empty) open.push(name);
    }
  }
  expect(open).toEqual([]);
  expect(svg.replace(/<[^<>]*>/gu, '')).not.toMatch(/[<>]/u);
  return seen;
}

describe('a picture', () => {
  test('shows every element, lane letter, group and note, and nothing from outside', () => {
    const { svg, width, height } = drawPicture(plan, palette);
    for (const text of ['>in<', '>mask<', '>quiet<', '>out<', '>People<', '>J<', '>S 256<', '>E<'])
      expect(svg).toContain(text);
    expect(svg).toContain('json_mask:email');
    expect(svg).toContain('<tspan font-weight="600" fill="#text">email</tspan>');
    expect(svg).toContain('stroke-dasharray="2 3"');
    expect(svg).not.toMatch(/href|url\((?!#arrow)|<script|<style|<image|foreignObject/u);
    expect(new Set(elements(svg))).toEqual(
      new Set(['svg', 'title', 'defs', 'marker', 'path', 'rect', 'text', 'tspan', 'g']),
    );
    expect(width).toBeGreaterThan(460);
    expect(height).toBeGreaterThan(340);
  });

  test('has the canvas’s ways of wires, and what the compiler inserted', () => {
    const router = {
      role: 'router.mask',
      kind: 'router' as const,
      where: 'behind' as const,
      does: 'copies each record to 2 lanes',
      why: '`mask` leads to two',
    };
    const elements = plan.elements.map((one) =>
      one.id === 'mask' ? { ...one, inserted: [router] } : one,
    );
    const { svg } = drawPicture({ ...plan, elements }, palette);
    expect(svg).toContain('>router.mask<');
    expect(svg).toContain(
      '<title>router.mask copies each record to 2 lanes.\nmask leads to two.</title>',
    );
    const scene = new Scene();
    scene.show(elements, plan.wires, plan.layout.nodes, 'down');
    for (const { id } of plan.wires)
      for (const { points } of scene.drawing(id)!.pieces)
        expect(svg).toContain(`d="${pathOf(points)}"`);
  });

  test('is well formed whatever the texts are', () => {
    const odd = '"><script>alert(1)</script>&\u0000\u0008\uD800]]>';
    const { svg } = drawPicture(
      {
        ...plan,
        title: odd,
        elements: plan.elements.map((element) => ({
          ...element,
          key: element.key === null ? null : odd,
          sentence: [{ text: odd, value: true }],
        })),
        layout: {
          ...plan.layout,
          notes: { n: { text: odd, x: 0, y: 0, width: 900, height: 60, about: null } },
          groups: { g: { title: odd, members: ['mask'] } },
        },
      },
      palette,
    );
    expect(elements(svg)).not.toContain('script');
    expect(svg).not.toContain('\0');
    expect(svg.isWellFormed()).toBe(true);
  });

  test('has a folded group as one node, whose wires are its members’', () => {
    const { groups } = plan.layout;
    const { svg } = drawPicture(
      { ...plan, layout: { ...plan.layout, groups: { g: { ...groups['g']!, folded: true } } } },
      palette,
    );
    expect(svg).not.toContain('>mask<');
    expect(svg).toContain('>mask, quiet<');
    expect(svg).not.toContain('>S 256<');
    expect(svg).toContain('People');
    expect(svg.match(/marker-end/gu)).toHaveLength(2);
  });

  test('cuts what has no room', () => {
    const long = 'a_very_long_stage_name_that_never_ends_anywhere';
    const { svg } = drawPicture(
      {
        ...plan,
        elements: [element(long, 'stage', 'drop:x')],
        layout: { ...plan.layout, nodes: { [long]: { x: 0, y: 0 } } },
      },
      palette,
    );
    expect(svg).toMatch(/>a_very_long[a-z_]*…</u);
  });

  test('of an empty plan is its title', () => {
    const { svg } = drawPicture(
      {
        title: 'Nothing yet',
        elements: [],
        wires: [],
        layout: { ...plan.layout, nodes: {}, notes: {}, groups: {} },
      },
      palette,
    );
    expect(svg).toContain('>Nothing yet</text>');
  });
});

test('Graphviz text has clusters, notes and quoted keys', () => {
  const text = drawGraphviz(plan);
  expect(text).toContain('digraph "Orders & <more>" {');
  expect(text).toContain(
    'subgraph cluster_0 {\n    label="People";\n    "mask";\n    "quiet";\n  }',
  );
  expect(text).toContain('"quiet" [label="quiet\\ndrop:\\"a\\""];');
  expect(text).toContain('"mask" -> "quiet" [label="sequenced_slots 256", style=dashed];');
  expect(text).toContain('"note 1" -> "quiet" [style=dotted, arrowhead=none];');
});
