import { describe, expect, it } from 'vitest';
import { EDITOR_ROUTE_MOST, overRouteBudget } from './lib/route-size.mjs';

describe('the weight of the editor’s route', () => {
  const files = [
    { file: 'nodes/12.js', raw: 900_000, gzip: 300_000 },
    { file: 'chunks/a.js', raw: 150_000, gzip: 50_001 },
  ];

  it('may be its budget', () => {
    expect(overRouteBudget({ gzip: EDITOR_ROUTE_MOST, files })).toEqual([]);
  });

  it('over it names the heaviest scripts', () => {
    const [complaint] = overRouteBudget({ gzip: 350_001, files });
    expect(complaint).toContain('350001 bytes of JavaScript after gzip, its budget is 350000');
    expect(complaint).toContain('nodes/12.js (300000), chunks/a.js (50001)');
  });
});
