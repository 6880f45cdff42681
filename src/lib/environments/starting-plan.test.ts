import { describe, expect, it } from 'vitest';
import { planNameOf } from './starting-plan';

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
