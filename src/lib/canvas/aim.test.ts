import { expect, test } from 'vitest';
import { Aim } from './aim';
import type { Viewport } from './view';

/** A view that glides until it is told that it has arrived. */
function gliding() {
  const asked: { to: Viewport; arrive: () => void }[] = [];
  let now: Viewport = { x: 0, y: 0, zoom: 1 };
  const aim = new Aim(
    () => now,
    () => ({
      set: (to) => new Promise((arrive) => asked.push({ to, arrive: () => arrive(undefined) })),
    }),
  );
  return { aim, asked, is: (view: Viewport) => (now = view) };
}

test('what is asked of a view that glides speaks of where it goes', () => {
  const { aim, is } = gliding();
  aim.go({ x: 10, y: 0, zoom: 0.8 });
  is({ x: 1, y: 0, zoom: 0.98 });
  expect(aim.at).toEqual({ x: 10, y: 0, zoom: 0.8 });
  // A panel opens in the middle of it: the view moves beside, and zooms out all the same.
  const { x, y, zoom } = aim.at;
  aim.go({ x: x + 50, y, zoom }, false);
  expect(aim.at).toEqual({ x: 60, y: 0, zoom: 0.8 });
});

test('an older way that ends says nothing about the newer one', async () => {
  const { aim, asked, is } = gliding();
  const [first, second] = [
    { x: 1, y: 1, zoom: 0.5 },
    { x: 2, y: 2, zoom: 2 },
  ];
  aim.go(first);
  aim.go(second);
  asked[0]?.arrive();
  await Promise.resolve();
  expect(aim.at).toEqual(second);
  is(second);
  asked[1]?.arrive();
  await Promise.resolve();
  const hand = { x: 7, y: 7, zoom: 1.5 };
  is(hand);
  expect(aim.at).toEqual(hand);
});

test('a hand on the view ends where it was going', () => {
  const { aim } = gliding();
  aim.go({ x: 5, y: 5, zoom: 2 });
  aim.drop();
  expect(aim.at).toEqual({ x: 0, y: 0, zoom: 1 });
});
