import { describe, expect, test } from 'vitest';
import { fitted, levelOf, regionOf, revealed, toPage, type Viewport } from './view';

const size = { width: 1000, height: 700 };
const onScreen = (box: { x: number; y: number }, view: Viewport) => ({
  x: box.x * view.zoom + view.x,
  y: box.y * view.zoom + view.y,
});

describe('levels of zoom', () => {
  test('a hair beside a threshold is on it', () => {
    expect(levelOf(0.9)).toBe('near');
    expect(levelOf(0.8999)).toBe('near');
    expect(levelOf(0.89)).toBe('middle');
    expect(levelOf(0.4999)).toBe('middle');
    expect(levelOf(0.49)).toBe('far');
  });
});

describe('showing everything', () => {
  test('what is small is shown at full size, in the middle', () => {
    const bounds = { x: 100, y: 50, width: 200, height: 100 };
    const view = fitted(bounds, [bounds], size, []);
    expect(view.zoom).toBe(1);
    expect(onScreen(bounds, view)).toEqual({ x: 400, y: 300 });
  });

  test('nothing is under what floats, where there is another way', () => {
    const bounds = { x: 0, y: 0, width: 960, height: 640 };
    const float = { x: 12, y: 640, width: 220, height: 48 };
    const corner = { x: 0, y: 584, width: 232, height: 56 };
    const view = fitted(bounds, [corner], size, [float]);
    const at = onScreen(corner, view);
    const clear = at.y + corner.height * view.zoom <= float.y || at.x >= float.x + float.width;
    expect(clear).toBe(true);
  });

  test('a float over a place without nodes takes no room', () => {
    const bounds = { x: 0, y: 0, width: 968, height: 668 };
    const middle = { x: 400, y: 300, width: 232, height: 56 };
    const float = { x: 12, y: 640, width: 220, height: 48 };
    expect(fitted(bounds, [middle], size, [float]).zoom).toBe(1);
  });
});

describe('bringing into view', () => {
  const view = { x: 0, y: 0, zoom: 1 };

  test('what is in view stays where it is', () => {
    const box = { x: 100, y: 100, width: 232, height: 56 };
    expect(revealed(box, [box], view, size, [])).toBeNull();
  });

  test('the view moves no further than it must, and keeps its zoom', () => {
    const box = { x: 1200, y: 100, width: 232, height: 56 };
    const next = revealed(box, [box], view, size, [])!;
    expect(next).toEqual({ x: -464, y: 0, zoom: 1 });
    expect(onScreen(box, next).x + box.width).toBe(size.width - 32);
  });

  test('what would not fit is shown smaller', () => {
    const box = { x: 0, y: 0, width: 4000, height: 100 };
    expect(revealed(box, [box], view, size, [])!.zoom).toBeLessThan(1);
  });

  test('nothing comes to lie under what floats', () => {
    const map = { x: 780, y: 560, width: 200, height: 130 };
    const box = { x: 740, y: 1_000, width: 232, height: 56 };
    const next = revealed(box, [box], view, size, [map])!;
    const at = onScreen(box, next);
    expect(next.zoom).toBe(1);
    expect(at.y + box.height <= map.y || at.x + box.width <= map.x).toBe(true);
    expect(at.y).toBeGreaterThanOrEqual(0);
    expect(at.y + box.height).toBeLessThanOrEqual(size.height);
    // In sight of the edge, and under the map all the same.
    const under = { x: 800, y: 600, width: 100, height: 40 };
    expect(revealed(under, [under], view, size, [map])).not.toBeNull();
  });

  test('what is shown smaller is never shown larger than it was', () => {
    const box = { x: 0, y: 0, width: 1_960, height: 100 };
    expect(revealed(box, [box], { ...view, zoom: 0.49 }, size, [])!.zoom).toBeLessThanOrEqual(0.49);
  });
});

test('points and regions of the page are those of the screen', () => {
  const view = { x: 50, y: -20, zoom: 0.5 };
  expect(toPage(view, { x: 50, y: -20 })).toEqual({ x: 0, y: 0 });
  expect(regionOf(view, size)).toEqual({ x: -100, y: 40, width: 2000, height: 1400 });
});
