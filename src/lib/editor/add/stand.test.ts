import { expect, test } from 'vitest';
import { cornerOf } from './stand';

const menu = { width: 280, height: 400 };
const window = { width: 1440, height: 900 };

test('a menu stands where it was asked for', () => {
  expect(cornerOf({ x: 500, y: 200 }, menu, window)).toEqual({ x: 500, y: 200 });
});

test('it is wholly in the window', () => {
  expect(cornerOf({ x: 1400, y: 880 }, menu, window)).toEqual({ x: 1152, y: 492 });
  expect(cornerOf({ x: -5, y: 2 }, menu, window)).toEqual({ x: 8, y: 8 });
  expect(cornerOf({ x: 300, y: 300 }, menu, { width: 200, height: 300 })).toEqual({ x: 8, y: 8 });
});

test('what the wire comes from stays in sight, where there is room beside it', () => {
  const right = { x: 600, width: 232 };
  expect(cornerOf({ x: 500, y: 200 }, menu, window, right).x).toBe(220);
  // Further away it covers nothing, and at the edge there is no other side.
  expect(cornerOf({ x: 300, y: 200 }, menu, window, right).x).toBe(300);
  expect(cornerOf({ x: 200, y: 200 }, menu, window, { x: 300, width: 232 }).x).toBe(200);
  // It comes from the left: there is nothing to cover.
  expect(cornerOf({ x: 900, y: 200 }, menu, window, right).x).toBe(900);
});
