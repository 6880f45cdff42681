import { describe, expect, it } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import type { StageFamily } from '$lib/compiler';
import { emptyContent } from '$lib/document/content';
import '$lib/ui/tokens.css';
import '$lib/ui/base.css';
import { Plan } from '../session/plan.svelte';
import NoCatalogue from './NoCatalogue.svelte';

describe('a catalogue that can’t be fetched', () => {
  it('is told where stages are offered, and comes when it is asked for again', async () => {
    let reached = false;
    const plan = new Plan({
      content: emptyContent,
      compiler: {
        call: (operation: string) =>
          reached
            ? Promise.resolve(operation === 'catalogue' ? [{ name: 'trim' } as StageFamily] : {})
            : Promise.reject(new Error('Failed to fetch')),
      } as never,
      selection: () => [],
      answered: () => undefined,
    });
    const session = {
      get families() {
        return plan.families;
      },
      get catalogue() {
        return plan.catalogue;
      },
      learn: () => plan.learn(),
    };
    await render(NoCatalogue, { session });
    const told = page.getByText('The stages couldn’t be fetched', { exact: false });
    // On its way: nothing is missing yet.
    await expect.element(told).not.toBeInTheDocument();
    await plan.learn();
    await expect.element(told).toBeVisible();
    reached = true;
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.element(told).not.toBeInTheDocument();
    expect(plan.families.map(({ name }) => name)).toEqual(['trim']);
  });
});
