import { describe, expect, it } from 'vitest';
import { overBudget } from './lib/wasm-budget.mjs';

describe('the size ratchet', () => {
  const budget = { compiler: { raw: 1000, brotli: 100 } };

  it('lets a package grow by two percent', () => {
    expect(overBudget('compiler', { raw: 1020, brotli: 102 }, budget)).toEqual([]);
  });

  it('tells by how much a package is over, and what to do', () => {
    const problems = overBudget('compiler', { raw: 1021, brotli: 103 }, budget);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toContain('1021 bytes raw, its budget is 1000');
    expect(problems[1]).toContain('wasm/budget.json');
  });

  it('asks for a budget of a new package', () => {
    expect(overBudget('stages', { raw: 5, brotli: 4 }, budget)[0]).toContain(
      '"stages"'.replaceAll('"', ''),
    );
  });
});
