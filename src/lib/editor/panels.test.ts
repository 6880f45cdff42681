import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Panels } from './panels.svelte';

let kept: Map<string, string>;
beforeEach(() => {
  kept = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  });
});
afterEach(() => vi.unstubAllGlobals());

describe('the height of the dock', () => {
  test('is enough for what has much to show, unless somebody gave it one', () => {
    const panels = new Panels();
    expect(panels.sizes.dockHeight).toBe(152);
    panels.makeTall();
    expect(panels.sizes.dockHeight).toBe(292);
    // What the author chose holds, lower or higher, and in the next page too.
    panels.resize('dockHeight', 180);
    panels.makeTall();
    expect(panels.sizes.dockHeight).toBe(180);
    const next = new Panels();
    next.makeTall();
    expect(next.sizes.dockHeight).toBe(180);
  });

  test('is never made lower by it', () => {
    const panels = new Panels();
    panels.screen = 'tablet';
    panels.makeTall();
    expect(panels.sizes.dockHeight).toBe(320);
  });

  test('stays within its bounds', () => {
    const panels = new Panels();
    panels.resize('dockHeight', 20);
    expect(panels.sizes.dockHeight).toBe(116);
    panels.resize('dockHeight', 2_000);
    expect(panels.sizes.dockHeight).toBe(640);
  });
});

test('what an older page kept in another form is left out', () => {
  kept.set('byteor.editor.panels.desktop', '{"dockHeight":"tall","left":false,"gone":1}');
  const { sizes } = new Panels();
  expect(sizes).toMatchObject({ dockHeight: 152, left: false });
  expect(sizes).not.toHaveProperty('gone');
});
