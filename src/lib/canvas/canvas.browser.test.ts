import { beforeEach, describe, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { emptyLayout, type Layout } from '$lib/document/content';
import { simpleLayout, wrapped } from '$lib/document/placement-tidy';
import CanvasUnderTest from './Canvas.testing.svelte';
import type { CanvasHandle } from './gestures';
import type { CanvasElement, CanvasWire } from './model';

const element = (id: string, kind: CanvasElement['kind'] = 'stage'): CanvasElement => ({
  id,
  kind,
  key: kind === 'stage' ? 'keep:level=error' : null,
  family: 'keep',
  class: 'filters',
  capability: null,
  errors: 0,
  warnings: 0,
  hints: 0,
  inserted: [],
});

const wire = (from: string, to: string): CanvasWire => ({
  id: `${from}->${to}`,
  from,
  to,
  intent: null,
  severity: null,
  errors: 0,
  warnings: 0,
  hints: 0,
  inserted: [],
  lanes: [{ id: `${from}.${to}`, kind: 'events', capacity: null }],
});

/** A chain of stages between an ingress and an egress, laid out as the editor would. */
function chain(stages: number, layout: Partial<Layout> = {}) {
  const ids = Array.from({ length: stages }, (_, at) => `s${at + 1}`);
  const elements = [
    element('feed', 'ingress'),
    ...ids.map((id) => element(id)),
    element('out', 'egress'),
  ];
  const wires = elements.slice(1).map(({ id }, at) => wire(elements[at]!.id, id));
  const direction = layout.direction ?? 'down';
  const shape = {
    nodes: elements.map(({ id, kind }) => ({ id, kind: kind as 'stage' })),
    wires,
  };
  const nodes = wrapped(shape, simpleLayout(shape.nodes, wires, direction), direction);
  return { elements, wires, layout: { ...emptyLayout, nodes, ...layout } };
}

const told = vi.fn<(gesture: string, ...what: unknown[]) => void>();
const done = (gesture: string) =>
  told.mock.calls.filter(([name]) => name === gesture).map(([, what]) => what);
const node = (id: string) => document.querySelector(`.svelte-flow__node[data-id="${id}"]`)!;
const canvas = () => document.querySelector<HTMLElement>('[data-testid="canvas"]')!;
const zoom = () =>
  new DOMMatrix(getComputedStyle(document.querySelector('.svelte-flow__viewport')!).transform).a;
const middleOf = (one: Element) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  return { x: x + width / 2, y: y + height / 2 };
};
const settled = () => new Promise((resolve) => setTimeout(resolve, 350));

/** A press at one point, let go at another. */
async function drag(
  from: { x: number; y: number },
  to: { x: number; y: number },
  keys: MouseEventInit = {},
) {
  const fire = (type: string, { x, y }: { x: number; y: number }, target?: Element) => {
    const where = target ?? document.elementFromPoint(x, y) ?? document.body;
    const what = {
      ...{ bubbles: true, cancelable: true, clientX: x, clientY: y, button: 0, view: window },
      buttons: type.endsWith('up') ? 0 : 1,
      ...keys,
    };
    where.dispatchEvent(
      new PointerEvent(`pointer${type}`, { ...what, pointerId: 1, isPrimary: true }),
    );
    where.dispatchEvent(new MouseEvent(`mouse${type}`, what));
  };
  fire('down', from);
  for (let step = 1; step <= 10; step += 1) {
    const part = step / 10;
    fire('move', { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part });
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  fire('up', to);
  await settled();
}

beforeEach(async () => {
  told.mockClear();
  await page.viewport(1440, 900);
});

describe('what is shown', () => {
  it.each(['down', 'right'] as const)(
    'a chain of twelve, shown whole as the editor opens, has no letter under 11 px (%s)',
    async (direction) => {
      await render(CanvasUnderTest, { ...chain(12, { direction }), told });
      await expect.poll(() => document.querySelectorAll('.svelte-flow__node').length).toBe(14);
      const area = canvas().getBoundingClientRect();
      const floats = [...document.querySelectorAll('[data-float]')].map((one) =>
        one.getBoundingClientRect(),
      );
      for (const one of document.querySelectorAll('.svelte-flow__node')) {
        const box = one.getBoundingClientRect();
        expect(box.left).toBeGreaterThanOrEqual(area.left);
        expect(box.right).toBeLessThanOrEqual(area.right);
        expect(box.top).toBeGreaterThanOrEqual(area.top);
        expect(box.bottom).toBeLessThanOrEqual(area.bottom);
        for (const float of floats)
          expect(
            box.right <= float.left ||
              box.left >= float.right ||
              box.bottom <= float.top ||
              box.top >= float.bottom,
          ).toBe(true);
      }
      const letters = document.querySelectorAll('.id, .key, .words, .lane, .kind');
      expect(letters.length).toBeGreaterThan(30);
      for (const one of letters)
        expect(Number.parseFloat(getComputedStyle(one).fontSize) * zoom()).toBeGreaterThanOrEqual(
          11,
        );
    },
  );

  it('what is brought into view lies beside a panel that lies over the canvas', async () => {
    let handle: CanvasHandle | undefined;
    const size = { width: 680, height: 815 };
    await render(CanvasUnderTest, { ...chain(3), told, size, ready: (one) => (handle = one) });
    const left = () => node('s1').getBoundingClientRect().left;
    await expect.poll(() => document.querySelectorAll('.svelte-flow__node').length).toBe(5);
    const panel = document.createElement('div');
    panel.dataset['overCanvas'] = '';
    document.body.append(panel);
    try {
      // As wide as that the node lies under half of it.
      const width = left() + node('s1').getBoundingClientRect().width / 2;
      panel.style.cssText = `position: fixed; z-index: 9; inset: 0 auto 0 0; width: ${width}px`;
      handle?.show(['s1']);
      await expect.poll(left).toBeGreaterThanOrEqual(width);
      handle?.fit();
      await settled();
      expect(left()).toBeGreaterThanOrEqual(width);
    } finally {
      panel.remove();
    }
  });

  it('until somebody does anything, the page finds its sizes and what is shown follows', async () => {
    const given = { ...chain(12), told, size: { width: 420, height: 260 } };
    const shown = await render(CanvasUnderTest, given);
    await settled();
    const small = zoom();
    expect(small).toBeLessThan(0.5);
    await shown.rerender({ ...given, size: { width: 1188, height: 815 } });
    await settled();
    expect(zoom()).toBeCloseTo(1, 2);
    // From then on a panel that opens leaves the plan at its zoom.
    canvas().dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift', bubbles: true }));
    await shown.rerender({ ...given, size: { width: 1188, height: 500 } });
    await settled();
    expect(zoom()).toBeCloseTo(1, 2);
  });

  it('behind another tab nothing is fitted into no room: what is to be seen comes with the room', async () => {
    let handle: CanvasHandle | undefined;
    const given = { ...chain(6), told, ready: (it: CanvasHandle) => (handle = it) };
    const shown = await render(CanvasUnderTest, given);
    await expect.poll(() => node('s3')).toBeTruthy();
    // A view of the author's own, which nothing fits anew.
    handle?.zoomOut();
    await settled();
    const before = zoom();
    await shown.rerender({ ...given, size: { width: 0, height: 0 } });
    await settled();
    handle?.show(['s6']);
    await settled();
    await shown.rerender({ ...given, size: { width: 1188, height: 815 } });
    await expect.poll(() => node('s6')).toBeTruthy();
    await settled();
    expect(zoom()).toBeCloseTo(before, 2);
  });

  it('from afar nodes are painted, and one that is taken moves there as well', async () => {
    let handle: CanvasHandle | undefined;
    await render(CanvasUnderTest, {
      ...chain(6),
      told,
      ready: (given: CanvasHandle) => (handle = given),
    });
    await expect.poll(() => node('s3')).toBeTruthy();
    for (let times = 0; times < 6; times += 1) {
      handle?.zoomOut();
      await settled();
    }
    await expect.element(page.getByTestId('canvas')).toHaveAttribute('data-level', 'far');
    expect(document.querySelectorAll('.svelte-flow__node')).toHaveLength(0);
    await expect
      .poll(() => document.querySelector('[data-drawn]')?.getAttribute('data-drawn'))
      .toBe('8');
    const view = new DOMMatrix(
      getComputedStyle(document.querySelector('.svelte-flow__viewport')!).transform,
    );
    const { x, y } = chain(6).layout.nodes['s3']!;
    const at = { x: view.e + (x + 100) * view.a, y: view.f + (y + 28) * view.a };
    await drag(at, { x: at.x + 40, y: at.y });
    expect(done('select')).toEqual([['s3']]);
    expect(done('move')).toEqual([{ s3: { x: Math.round(x + 40 / view.a), y, pinned: true } }]);
  });

  it('the map makes way for what is looked at, and is there while the view moves', async () => {
    await render(CanvasUnderTest, { ...chain(12), told });
    await expect.poll(() => node('s12')).toBeTruthy();
    const map = document.querySelector<HTMLElement>('.map .map')!;
    const seen = () => Number(getComputedStyle(map).opacity);
    await expect.poll(seen).toBe(1);
    const [from, to] = [middleOf(node('s12')), middleOf(map)];
    const empty = { x: to.x - 300, y: 300 };
    const there = { x: empty.x + to.x - from.x, y: empty.y + to.y - from.y };
    await drag(empty, there);
    await expect.poll(seen).toBe(0);
    expect(document.elementFromPoint(to.x, to.y)?.closest('.map')).toBeNull();
    await drag(there, empty);
    await expect.poll(seen).toBe(1);
  });

  it('what lies near is glided to at the same zoom, what lies elsewhere is there at once', async () => {
    const ids = Array.from({ length: 400 }, (_, at) => `s${at}`);
    // A row, wide enough that most of it lies far away.
    const nodes = Object.fromEntries(ids.map((id, at) => [id, { x: at * 290, y: 0 }]));
    let handle: CanvasHandle | undefined;
    await render(CanvasUnderTest, {
      elements: ids.map((id) => element(id)),
      wires: ids.slice(1).map((id, at) => wire(ids[at]!, id)),
      layout: { ...emptyLayout, nodes },
      begin: ['s0'],
      told,
      ready: (one: CanvasHandle) => (handle = one),
    });
    await expect.poll(() => node('s0')).toBeTruthy();
    const before = zoom();
    const seen: { zoom: number; left: number }[] = [];
    const frames = async (many: number, id: string) => {
      for (let frame = 0; frame < many; frame += 1) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        seen.push({ zoom: zoom(), left: node(id)?.getBoundingClientRect().left ?? Infinity });
      }
    };
    handle?.show(['s6']);
    await frames(30, 's6');
    expect(new Set(seen.map(({ left }) => Math.round(left))).size).toBeGreaterThan(2);
    expect(seen.at(-1)?.left).toBeLessThan(innerWidth);
    seen.length = 0;
    handle?.show(['s300']);
    await frames(3, 's300');
    expect(seen.at(-1)?.left).toBeLessThan(innerWidth);
    await settled();
    await frames(1, 's300');
    for (const one of seen) expect(one.zoom).toBeCloseTo(before, 2);
    // What lies around it came after it.
    const drawn = () => document.querySelectorAll('.svelte-flow__node').length;
    const around = drawn();
    expect(around).toBeGreaterThan(innerWidth / (290 * before));
    // Whoever zooms in sees less, and no more than that is kept up once the view rests.
    for (let step = 0; step < 3; step += 1) handle?.zoomIn();
    await expect.poll(drawn).toBeLessThan(around / 1.5);
  });

  it('what glides gets there, and nothing does under reduced motion', async () => {
    const given = chain(3);
    let change: (layout: Layout) => void = () => undefined;
    await render(CanvasUnderTest, {
      ...given,
      told,
      ready: (_: CanvasHandle, set: (layout: Layout) => void) => (change = set),
    });
    await expect.poll(() => node('s2')).toBeTruthy();
    await settled();
    const before = middleOf(node('s2'));
    const at = given.layout.nodes['s2']!;
    change({
      ...given.layout,
      nodes: { ...given.layout.nodes, s2: { x: at.x + 200, y: at.y } },
    });
    // By its frames and not by the clock: a busy machine begins late.
    const on: number[] = [];
    for (let frame = 0; frame < 600 && (on.at(-1) ?? 0) < 199 * zoom(); frame += 1) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      on.push(middleOf(node('s2')).x - before.x);
    }
    expect(on.some((way) => way > 0 && way < 199 * zoom())).toBe(true);
    await settled();
    expect(middleOf(node('s2')).x - before.x).toBeCloseTo(200 * zoom(), 0);

    const still = vi.spyOn(window, 'matchMedia').mockReturnValue({
      ...matchMedia('(prefers-reduced-motion: reduce)'),
      matches: true,
    });
    change(given.layout);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(middleOf(node('s2')).x).toBeCloseTo(before.x, 0);
    still.mockRestore();
  });
});

describe('the hand', () => {
  it('a click selects, a modifier adds, a click beside clears', async () => {
    await render(CanvasUnderTest, { ...chain(4), told });
    await expect.poll(() => node('s1')).toBeTruthy();
    await drag(middleOf(node('s1')), middleOf(node('s1')));
    await drag(middleOf(node('s2')), middleOf(node('s2')), { ctrlKey: true });
    await drag({ x: 1000, y: 300 }, { x: 1000, y: 300 });
    expect(done('select')).toEqual([['s1'], ['s1', 's2'], []]);
  });

  it('Shift and a drag over the canvas selects what is in the box', async () => {
    await render(CanvasUnderTest, { ...chain(4), told });
    await expect.poll(() => node('s1')).toBeTruthy();
    const [first, last] = [node('s1').getBoundingClientRect(), node('s3').getBoundingClientRect()];
    await drag(
      { x: first.left - 30, y: first.top + 4 },
      { x: last.right + 30, y: last.bottom - 4 },
      { shiftKey: true },
    );
    expect(new Set(done('select').at(-1) as string[])).toEqual(new Set(['s1', 's2', 's3']));
  });

  it('a node that is dragged is pinned where it is let go, and its note goes along', async () => {
    const note = { text: 'why', x: 900, y: 60, width: 160, height: 48, about: 's2' };
    const given = chain(4, { notes: { one: note } });
    await render(CanvasUnderTest, { ...given, told });
    await expect.poll(() => node('s2')).toBeTruthy();
    const before = document.querySelector('[data-note="one"]')!.getBoundingClientRect();
    const from = middleOf(node('s2'));
    await drag(from, { x: from.x + 300, y: from.y });
    const [moved] = done('move') as Record<string, { x: number; pinned?: true }>[];
    expect(Object.keys(moved!)).toEqual(['s2']);
    expect(moved!['s2']!.pinned).toBe(true);
    expect(moved!['s2']!.x).toBeGreaterThan(given.layout.nodes['s2']!.x + 200);
    const after = document.querySelector('[data-note="one"]')!.getBoundingClientRect();
    expect(after.x - before.x).toBeGreaterThan(200);
    expect(node('s2').querySelector('.pin')).toBeTruthy();
  });

  it('a node that is let go on a wire is put onto it', async () => {
    const given = chain(3);
    const lonely = element('lonely');
    const nodes = { ...given.layout.nodes, lonely: { x: 500, y: 60 } };
    await render(CanvasUnderTest, {
      ...given,
      elements: [...given.elements, lonely],
      layout: { ...given.layout, nodes },
      told,
    });
    await expect.poll(() => node('lonely')).toBeTruthy();
    const [one, two] = [node('s1').getBoundingClientRect(), node('s2').getBoundingClientRect()];
    const gap = { x: one.left + one.width / 2, y: (one.bottom + two.top) / 2 };
    await drag(middleOf(node('lonely')), gap);
    expect(told).toHaveBeenCalledWith('dropOnWire', 'lonely', { from: 's1', to: 's2' });
    expect(done('move')).toEqual([]);
  });
});

describe('the keyboard', () => {
  it('chooses, opens, moves and lets go of a node', async () => {
    await render(CanvasUnderTest, { ...chain(2), told });
    await expect.poll(() => node('s1')).toBeTruthy();
    (node('s1') as HTMLElement).focus();
    await userEvent.keyboard(' ');
    expect(done('select').at(-1)).toEqual(['s1']);
    await userEvent.keyboard('{Shift>}{ArrowRight}{/Shift}');
    const [moved] = done('nudge') as Record<string, { x: number }>[];
    expect(moved!['s1']!.x).toBe(chain(2).layout.nodes['s1']!.x + 8);
    await userEvent.keyboard('{Enter}');
    expect(done('open')).toEqual(['s1']);
    await userEvent.keyboard('{ArrowUp}');
    expect(done('select').at(-1)).toEqual(['feed']);
    await userEvent.keyboard('{Escape}');
    expect(done('select').at(-1)).toEqual([]);
  });

  it('moves a note, writes it and takes it away', async () => {
    const note = { text: 'why', x: 600, y: 60, width: 160, height: 48, about: null };
    await render(CanvasUnderTest, { ...chain(2, { notes: { one: note } }), told });
    const card = page.getByRole('note');
    await expect.element(card).toBeVisible();
    (card.element() as HTMLElement).focus();
    await userEvent.keyboard('{ArrowDown}{Enter}');
    await expect.element(page.getByLabelText('Text of the note')).toHaveFocus();
    await userEvent.keyboard('because');
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByText('because')).toBeVisible();
    (card.element() as HTMLElement).focus();
    await userEvent.keyboard('{Delete}');
    await expect.poll(() => document.querySelector('.note')).toBeNull();
    expect(done('arrange')).toEqual(['Move note', 'Edit note', 'Delete note']);
  });
});

it('a group gets its title in place; Escape leaves the one it had', async () => {
  const groups = { pair: { title: 'A pair', members: ['s1', 's2'] } };
  await render(CanvasUnderTest, { ...chain(3, { groups }), told });
  const title = (name: string) => page.getByRole('button', { name, exact: true });
  const field = page.getByLabelText('Title of the group');
  await title('A pair').dblClick();
  await expect.element(field).toHaveFocus();
  await userEvent.keyboard('Never mind{Escape}');
  await expect.element(title('A pair')).toHaveFocus();
  await title('A pair').dblClick();
  await expect.element(field).toHaveFocus();
  await userEvent.keyboard('Protect people{Enter}');
  await expect.element(title('Protect people')).toHaveFocus();
  expect(done('arrange')).toEqual(['Name group Protect people']);
});

it('a group folds to one node with its wires joined, and unfolds', async () => {
  const groups = { pair: { title: 'A pair', members: ['s1', 's2'] } };
  await render(CanvasUnderTest, { ...chain(3, { groups }), told });
  await page.getByRole('button', { name: 'Fold A pair' }).click();
  await expect.poll(() => node('group:pair')).toBeTruthy();
  expect(node('s1')).toBeNull();
  const wires = [...document.querySelectorAll('.svelte-flow__edge')].map((one) =>
    one.getAttribute('data-id'),
  );
  expect(wires.sort()).toEqual(['feed->group:pair', 'group:pair->s3', 's3->out']);
  (node('group:pair') as HTMLElement).focus();
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => node('s1')).toBeTruthy();
  expect(done('arrange')).toEqual(['Fold A pair', 'Unfold A pair']);
});

it('while something runs, counts and what became of records stand on nodes and wires', async () => {
  const overlay = {
    nodes: new Map([
      [
        's1',
        { counts: '270 → 269', line: '1 rejected', tone: 'danger' as const, breakpoint: true },
      ],
    ]),
    wires: new Map([['s1.s2', { label: '#318', current: true, blocked: false }]]),
    inserted: new Map<string, string>(),
  };
  await render(CanvasUnderTest, { ...chain(2), overlay, told });
  await expect.element(page.getByText('270 → 269')).toBeVisible();
  await expect.element(page.getByText('1 rejected')).toBeVisible();
  await expect.element(page.getByTitle('Breakpoint')).toBeVisible();
  await expect.element(page.getByTitle('s1.s2')).toHaveTextContent('E #318');
});

it('a lane that is full or drops says so by a sign and a word, and what is old is drawn as old', async () => {
  const wires = new Map([
    ['s1.s2', { label: '8/8', current: false, blocked: true, mark: 'full' as const }],
    ['s2.out', { label: '90/s, 13 lost', current: false, blocked: true, mark: 'drops' as const }],
  ]);
  const nodes = new Map([
    ['s1', { counts: '90/s', line: 'none dropped', tone: 'plain' as const, breakpoint: false }],
  ]);
  const overlay = { nodes, wires, inserted: new Map<string, string>() };
  const shown = await render(CanvasUnderTest, { ...chain(2), overlay, told });
  await expect.element(page.getByTitle('s1.s2')).toHaveTextContent('E 8/8full');
  await expect.element(page.getByTitle('s2.out')).toHaveTextContent('E 90/s, 13 lostdrops');
  const signs = [...document.querySelectorAll('[data-mark] svg path')].map((path) =>
    path.getAttribute('d'),
  );
  expect(new Set(signs).size).toBe(2);
  const border = () => getComputedStyle(document.querySelector('.stage')!).borderTopStyle;
  expect(border()).toBe('solid');
  await shown.rerender({ ...chain(2), overlay: { ...overlay, stale: true }, told });
  await expect.poll(border).toBe('dashed');
});

it('how many cases fail stands on no words: below a boundary, at the edge of a stage', async () => {
  const given = chain(3);
  const elements = given.elements.map((one) => ({ ...one, cases: one.id === 's2' ? 2 : 1 }));
  await render(CanvasUnderTest, { ...given, elements, told });
  await expect.element(page.getByText('2 cases fail')).toBeVisible();
  for (const { id } of elements) {
    const mark = node(id).querySelector('[title="Show what differs"]')!.getBoundingClientRect();
    const words = [...node(id).querySelectorAll('.id, .key, .does, .words')];
    expect(words.length).toBeGreaterThan(0);
    for (const word of words)
      // Half a pixel is of the line, and of no letter.
      expect(word.getBoundingClientRect().bottom).toBeLessThan(mark.top + 1);
  }
  await page.getByText('2 cases fail').click();
  expect(done('cases')).toEqual(['s2']);
});
