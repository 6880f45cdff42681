import { expect, it } from 'vitest';
import { boundaryPaths, withBoundary } from './boundaries';

it('gives each of several boundaries its file, and one boundary none of its own', () => {
  expect(boundaryPaths('/data/{boundary}.log', ['alerts', 'all'])).toEqual([
    { id: 'alerts', path: '/data/alerts.log' },
    { id: 'all', path: '/data/all.log' },
  ]);
  expect(boundaryPaths('/data/{boundary}.log', ['out'])).toEqual([]);
  expect(boundaryPaths('/data/out.log', ['alerts', 'all'])).toEqual([]);
});

it('puts the placeholder before the ending, once, and only where several need it', () => {
  const two = ['a', 'b'];
  expect(withBoundary('/data/out.log', two)).toBe('/data/out-{boundary}.log');
  expect(withBoundary('/data.d/out', two)).toBe('/data.d/out-{boundary}');
  expect(withBoundary('/data/.out', two)).toBe('/data/.out-{boundary}');
  expect(withBoundary('/data/{boundary}/out.log', two)).toBeNull();
  expect(withBoundary('/data/out.log', ['a'])).toBeNull();
});
