// What was just made is in view, wherever somebody looked before: over every gesture that makes
// something, generated plans' places, and every level of zoom.
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { CompilerClient } from '$lib/compiler/client';
import { connectToWorker } from '$lib/compiler/connect';
import { boxOf } from '$lib/document/placement';
import { connectionEnds } from '$lib/document/selection';
import { showCanvas } from './canvas.testing';
import { elementOf, elementsOf } from './graph';
import { makers, numbers, turnOf, type Maker } from './makers.testing';
import { openSession } from './session/open.testing';
import type { EditorSession } from './session.svelte';

const compiler = new CompilerClient({ connect: connectToWorker });
afterAll(() => compiler.close());

// Without motion a view is where it goes at once.
const asked = window.matchMedia.bind(window);
beforeEach(() => {
  vi.spyOn(window, 'matchMedia').mockImplementation((query) =>
    query.includes('reduced-motion') ? { ...asked(query), matches: true } : asked(query),
  );
});

const ids = Array.from({ length: 16 }, (_, at) => `s${at}`);
const chain = ['in', ...ids, 'out'].join(' -> ');
const text = `pipeline law\n\ningress in\n${ids.map((id) => `stage ${id} trim\n`).join('')}egress out\n\n${chain}\n`;

/** Names of everything that the plan and its layout hold. */
function everything({ graph, content }: EditorSession): Set<string> {
  return new Set([
    ...elementsOf(graph).map(({ id }) => id),
    ...graph.connections.map(({ id }) => id),
    ...Object.keys(content.layout.notes).map((id) => `note ${id}`),
    ...Object.keys(content.layout.groups).map((id) => `group ${id}`),
  ]);
}

/** Where it is on the page of the plan, from the document alone; null while it has no place. */
function placeOf({ graph, content }: EditorSession, name: string) {
  const { nodes, notes, groups } = content.layout;
  const [kind, id = ''] = name.split(' ');
  const boxes = (of: readonly string[]) =>
    of.flatMap((one) => {
      const folded = Object.values(groups).find(
        (group) => group.folded && group.members.includes(one),
      );
      // A folded group is drawn as one node, at the corner of its members.
      const shown = folded?.members ?? [one];
      const at = shown.flatMap((member) => nodes[member] ?? []);
      if (at.length === 0) return [];
      const corner = {
        x: Math.min(...at.map(({ x }) => x)),
        y: Math.min(...at.map(({ y }) => y)),
      };
      return [boxOf(folded ? 'stage' : (elementOf(graph, one)?.kind ?? 'stage'), corner)];
    });
  if (kind === 'note') return [notes[id]!];
  if (kind === 'group') return boxes(groups[id]!.members);
  const ends = connectionEnds(name);
  return boxes(ends ? [ends.from, ends.to] : [name]);
}

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

test.each([1, 2])(
  'what was just made is in view (%i)',
  async (seed) => {
    await page.viewport(1280, 800);
    document.body.style.cssText = 'margin:0;height:800px';
    const next = numbers(seed * 977);
    const { session, settled } = await openSession({ text }, { compiler });
    const { ui, run } = await showCanvas(session);
    await expect.poll(() => ui.canvas && document.querySelector('.svelte-flow__node')).toBeTruthy();

    /** Waits until the view rests. */
    const viewport = async () => {
      const read = () =>
        getComputedStyle(document.querySelector('.svelte-flow__viewport')!).transform;
      for (let before = '', same = 0; same < 3;) {
        await frame();
        const now = read();
        same = now === before ? same + 1 : 0;
        before = now;
      }
      return new DOMMatrixReadOnly(read());
    };

    const names = Object.keys(makers) as Maker[];
    for (let turn = 0; turn < names.length * 2; turn += 1) {
      // Somebody looks somewhere, from near or far.
      const elements = elementsOf(session.graph);
      session.select([]);
      ui.canvas?.show([elements[next(elements.length)]!.id]);
      for (let steps = next(5); steps > 0; steps -= 1) {
        if (next(2) === 0) ui.canvas?.zoomOut();
        else ui.canvas?.zoomIn();
        await viewport();
      }
      await viewport();
      const name = names[turn % names.length]!;
      const before = everything(session);
      const on = turnOf(session, next);
      await makers[name](on);
      await settled();
      const view = await viewport();
      const made = [...everything(session)].filter(
        (one) =>
          !before.has(one) &&
          // What heals where a stage left isn't what was made.
          (name !== 'insertExisting' || one.split('->').includes(on.stage)),
      );
      // Wires that come with a new element are seen with it, at its end.
      const fresh = made.filter((one) => !one.includes('->'));
      const canvas = document.querySelector('[data-testid="canvas"]')!.getBoundingClientRect();
      const floats = [...document.querySelectorAll('[data-float]')].map((float) =>
        float.getBoundingClientRect(),
      );
      for (const one of fresh.length > 0 ? fresh : made) {
        for (const box of placeOf(session, one)) {
          const left = canvas.left + box.x * view.a + view.e;
          const top = canvas.top + box.y * view.a + view.f;
          const [right, bottom] = [left + box.width * view.a, top + box.height * view.a];
          const told = `seed ${seed}, ${name}, turn ${turn}: ${one}`;
          expect(left, told).toBeGreaterThanOrEqual(canvas.left);
          expect(top, told).toBeGreaterThanOrEqual(canvas.top);
          expect(right, told).toBeLessThanOrEqual(canvas.right);
          expect(bottom, told).toBeLessThanOrEqual(canvas.bottom);
          // Where all of it has to be small, it may reach under what floats.
          if (view.a < 0.5) continue;
          for (const float of floats)
            expect(
              right <= float.left ||
                left >= float.right ||
                bottom <= float.top ||
                top >= float.bottom,
              told,
            ).toBe(true);
        }
      }
    }
    run.close();
    session.close();
  },
  60_000,
);
