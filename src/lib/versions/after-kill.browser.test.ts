import { expect, it } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import { compiler } from '$lib/compiler';
import AfterKill from './AfterKill.svelte';

/** in goes two ways that a merge brings together, in front of a stage. */
const merged = `pipeline orders
ingress in
stage a keep:a
stage b keep:b
stage last trim
egress out
in -> a -> last -> out
in -> b -> last
`;

async function kvOf(text: string): Promise<string> {
  const { report } = await compiler().call('lower', { text, target: 'lane_graph' });
  if (!report) throw new Error('the plan doesn’t lower');
  return report.spec_kv;
}

it('says the promise of a spec in a word and the compiler’s sentences, with what keeps it from more', async () => {
  await render(AfterKill, { kv: await kvOf(merged) });
  await expect.element(page.getByText('Same records')).toBeVisible();
  const said = document.querySelector('[data-promise]');
  expect(said?.getAttribute('data-promise')).toBe('same_records');
  expect(said?.textContent).toMatch(/merge\.last\s+takes from whichever input has a record\./);
});

it('says that it says nothing where the spec can’t be read here', async () => {
  await render(AfterKill, { kv: 'v=99\n' });
  await expect.element(page.getByText('can’t read the spec', { exact: false })).toBeVisible();
});
