import { describe, expect, it } from 'vitest';
import { compilerInProcess } from '$lib/compiler/in-process.testing';
import { planNameOf, planOf } from './new-plan';

describe('the name of a new plan', () => {
  it.each([
    ['Mask e-mail addresses', 'mask_e_mail_addresses'],
    ['  Orders (EU) ', 'orders_eu'],
    ['2nd try', 'nd_try'],
    ['___', 'pipeline_one'],
    ['日本', 'pipeline_one'],
    [`A ${'long '.repeat(23)}`, `a_${'long_'.repeat(12)}lo`],
    [`${'a'.repeat(63)} b`, 'a'.repeat(63)],
  ])('of %j is %s', (draft, plan) => {
    expect(planNameOf(draft)).toBe(plan);
    expect(plan).toMatch(/^[a-z][a-z0-9_]{0,63}$/);
  });
});

describe('a new plan', () => {
  const compiled = (text: string) =>
    compilerInProcess.call('compile', { text, target: 'single_ring' });

  it('of stages compiles, whatever their keys hold', async () => {
    const text = planOf('p', [
      { id: 'a', key: 'keep:^\\{' },
      { id: 'b', key: 'replace:[^ "]+@[^ "]+=#' },
    ]);
    const { diagnostics, graph } = await compiled(text);
    expect(diagnostics).toEqual([]);
    expect(graph.stages.map(({ key }) => key)).toEqual(['keep:^\\{', 'replace:[^ "]+@[^ "]+=#']);
  });

  it('without stages lacks just that', async () => {
    const { diagnostics, graph } = await compiled(planOf('p', []));
    expect(graph.connections.map(({ id }) => id)).toEqual(['input->output']);
    expect(diagnostics.every(({ code }) => code.includes('STAGE'))).toBe(true);
  });
});
