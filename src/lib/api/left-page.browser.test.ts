import { expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import Asks from './Asks.testing.svelte';
import { Place } from './place.testing.svelte';
import { defineQuery, invalidate } from './query.svelte';

it('a page that was left isn’t read any more, whatever changes on the server', async () => {
  const warn = vi.spyOn(console, 'warn');
  const asked: string[] = [];
  const ask = defineQuery(
    {
      query: (id: string) => {
        asked.push(id);
        return Promise.resolve(id);
      },
    },
    { topics: () => ['draft'] },
  );
  const place = new Place('one');
  const page = await render(Asks, { place, ask });
  await expect.element(page.getByText('one')).toBeVisible();
  invalidate('draft');
  await page.unmount();
  place.id = 'two';
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(asked).toEqual(['one']);
  expect(warn).not.toHaveBeenCalled();
});
