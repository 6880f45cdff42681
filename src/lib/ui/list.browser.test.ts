import type { ComponentProps } from 'svelte';
import { expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import type List from './List.svelte';
import Listed from './Listed.testing.svelte';

it('a list shows its place, why it didn’t come, what empty means, and its rows', async () => {
  const refetch = vi.fn(() => Promise.resolve());
  const view = await render(Listed, { query: { data: undefined, error: undefined, refetch } });
  await expect.element(page.getByLabelText('Loading boxes')).toBeInTheDocument();

  const error = { code: 'internal', message: 'It broke.' };
  await view.rerender({ query: { data: undefined, error, refetch } });
  await page.getByRole('button', { name: 'Try again' }).click();
  expect(refetch).toHaveBeenCalledOnce();

  await view.rerender({ query: { data: [], error: undefined, refetch } });
  await expect.element(page.getByText('No box yet')).toBeVisible();

  await view.rerender({ query: { data: [{ id: 'a', size: 3 }], error: undefined, refetch } });
  await expect.element(page.getByRole('rowheader', { name: 'a' })).toBeVisible();
  await expect.element(page.getByText('3 cm')).toBeVisible();
});

it('a list has the columns that its cells know, by type', () => {
  type Columns = ComponentProps<typeof List<{ id: string }, 'id'>>['columns'];
  const right: Columns = [{ key: 'id', label: 'Name' }];
  // @ts-expect-error No cell would show it.
  const wrong: Columns = [{ key: 'weight', label: 'Weight' }];
  expect([right, wrong]).toHaveLength(2);
});
