import { expect, test } from 'vitest';
import { incomingText } from './incoming';

test('elements are named, connections and comments counted', () => {
  const added = (element: string) => ({ change: 'added' as const, element });
  expect(incomingText([])).toBe('');
  expect(
    incomingText([
      added('mask'),
      added('in->mask'),
      added('mask->out'),
      added('comment'),
      { change: 'removed', element: 'in->out' },
      { change: 'changed', element: 'lane_graph on_full' },
      { change: 'renamed', element: 'a → parse' },
    ]),
  ).toBe(
    'Added: mask, 2 connections, 1 comment. Changed: lane_graph on_full. Renamed: a → parse. Removed: 1 connection.',
  );
  expect(incomingText(['a', 'b', 'c', 'd', 'e', 'f'].map(added))).toBe(
    'Added: a, b, c, d, 2 more.',
  );
});
