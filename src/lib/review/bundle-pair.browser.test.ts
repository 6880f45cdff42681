import { afterEach, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import { answering } from '$lib/comments/server.testing';
import { compiler } from '$lib/compiler';
import BundlePair from './BundlePair.svelte';

afterEach(() => vi.restoreAllMocks());

const textOf = (input: string) =>
  [
    'config.v=1',
    'config.posture=dev',
    'config.tuning.profile=default',
    'config.record.slot_bytes=256',
    'adapter.ingress.kind=file',
    `adapter.ingress.file.path=${input}`,
    'adapter.ingress.file.framing=lines',
    'adapter.ingress.file.mode=follow',
    'adapter.ingress.file.start=start',
    'adapter.ingress.file.too_large=reject',
    'adapter.egress.kind=file',
    'adapter.egress.file.path=/data/out',
    'adapter.egress.file.framing=lines',
    'adapter.reject.path=/data/rejected',
    '',
  ].join('\n');

/** A config bundle as the server answers it, with the digest that the compiler gives its text. */
async function bundle(id: string, name: string, input: string) {
  const text = textOf(input);
  const { config, digest } = await compiler().call('bundleDecode', { text });
  return { id, name, config, text, digest };
}

/** Asked for by names of their own, so that nothing of an earlier test is known already. */
async function show(from: object & { id: string }, to: object & { id: string }) {
  const found: Record<string, object> = { [from.id]: from, [to.id]: to };
  answering({ 'bundles.get': ({ bundleId }: { bundleId: string }) => found[bundleId] });
  await render(BundlePair, { from: from.id, to: to.id });
}

it('says what differs between two config bundles, and in which direction', async () => {
  await show(await bundle('a1', 'old', '/data/in'), await bundle('a2', 'new', '/data/other'));
  await expect.element(page.getByText('From old')).toBeVisible();
  await expect.element(page.getByText('To new')).toBeVisible();
  const change = () => document.querySelector('dl dd');
  await expect.poll(() => change()?.querySelector('del')?.textContent).toContain('/data/in');
  await expect.poll(() => change()?.querySelector('ins')?.textContent).toContain('/data/other');
  await expect.poll(() => document.querySelectorAll('[data-check="match"]').length).toBe(2);
});

it('says that two are the same, byte for byte', async () => {
  await show(await bundle('b1', 'old', '/data/in'), await bundle('b2', 'new', '/data/in'));
  await expect.element(page.getByText('Both say the same, byte for byte.')).toBeVisible();
});

it('relies on nothing where one byte isn’t what the digest says', async () => {
  const now = await bundle('c2', 'new', '/data/other');
  const altered = { ...now, text: textOf('/data/otherz') };
  await show(await bundle('c1', 'old', '/data/in'), altered);
  await expect.element(page.getByText('A bundle isn’t what its digest says')).toBeVisible();
});
