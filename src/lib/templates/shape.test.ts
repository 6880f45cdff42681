import { expect, test } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { shapeOf } from './shape';
import { templates } from './templates';

test.each(templates)('$id has a picture in which nothing covers another', async (template) => {
  const { text, target } = template;
  const { graph } = await compilerInProcess.call('compile', { text, target });
  const places = [...shapeOf(graph, 56, 64).values()];
  expect(places).toHaveLength(graph.stages.length + graph.boundaries.length);
  for (const place of places) {
    expect(place.x - place.width / 2).toBeGreaterThanOrEqual(0);
    expect(place.x + place.width / 2).toBeLessThanOrEqual(56);
    expect(place.y).toBeLessThanOrEqual(60);
    const others = places.filter(({ id, y }) => id !== place.id && y === place.y);
    for (const other of others)
      expect(Math.abs(other.x - place.x)).toBeGreaterThan((other.width + place.width) / 2);
  }
  for (const { from, to } of graph.connections) {
    const y = (id: string) => places.find((place) => place.id === id)?.y ?? 0;
    expect(y(to)).toBeGreaterThan(y(from));
  }
});
