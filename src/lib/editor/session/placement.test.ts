import { describe, expect, test } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { emptyContent, emptyLayout, type Position } from '$lib/document/content';
import { simpleLayout } from '$lib/document/placement-tidy';
import { Placement } from './placement';
import { Plan } from './plan.svelte';
import { chainPlan } from './open.testing';

async function compiled(nodes: Record<string, Position> = {}) {
  let answered = 0;
  const plan = new Plan({
    content: {
      ...emptyContent,
      text: chainPlan,
      target: 'lane_graph',
      layout: { ...emptyLayout, nodes },
    },
    compiler: compilerInProcess,
    selection: () => [],
    answered: () => (answered += 1),
  });
  plan.compile();
  await expect.poll(() => answered).toBe(1);
  return plan;
}

const arrange = (...given: Parameters<typeof simpleLayout>) =>
  Promise.resolve(simpleLayout(...given));

describe('placement', () => {
  test('what has no place gets one, what has one keeps it, and undo knows nothing of it', async () => {
    const plan = await compiled({ json: { x: 500, y: 700 } });
    await new Placement(plan, arrange).placeMissing();
    const { nodes } = plan.content.layout;
    expect(nodes['json']).toMatchObject({ x: 500, y: 700 });
    expect(Object.keys(nodes).sort()).toEqual(['in', 'json', 'out', 'quiet']);
    expect(plan.undoLabel).toBeNull();
  });

  test('a layout that comes after closing places nothing', async () => {
    const plan = await compiled();
    let answer: () => void = () => undefined;
    const late = new Placement(plan, async (...given) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return simpleLayout(...given);
    });
    const placing = late.placeMissing();
    late.close();
    answer();
    await placing;
    expect(plan.content.layout.nodes).toEqual({});
  });

  test('a part is tidied where it stands', async () => {
    const plan = await compiled({ json: { x: 400, y: 900 }, quiet: { x: 1000, y: 950 } });
    const { nodes = {} } = await new Placement(plan, arrange).tidied(['json', 'quiet']);
    expect(Object.keys(nodes)).toEqual(['json', 'quiet']);
    expect(Math.min(...Object.values(nodes).map((at) => at?.x ?? 0))).toBe(400);
    expect(Math.min(...Object.values(nodes).map((at) => at?.y ?? 0))).toBe(900);
  });
});
