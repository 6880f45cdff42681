import type { ComponentProps } from 'svelte';
import { expect, it } from 'vitest';
import { render } from 'vitest-browser-svelte';
import BundleForm from './BundleForm.svelte';

type Props = ComponentProps<typeof BundleForm>;

const issue = (field: string) => ({
  code: 'E_CONFIG_PATH',
  field,
  message: `Give ${field}.`,
  help: '',
});
const props = (more: Partial<Props> = {}): Props => ({
  name: 'posts',
  config: {
    v: 1,
    posture: 'dev',
    tuning: { profile: 'default' },
    record: { slot_bytes: 1024 },
    ingress: {
      kind: 'file',
      path: '',
      framing: 'lines',
      mode: 'follow',
      start: 'start',
      too_large: 'reject',
    },
    egress: { kind: 'file', path: '', framing: 'lines' },
    reject: { path: '' },
  } as unknown as Props['config'],
  issues: ['ingress.path', 'egress.path', 'reject.path'].map(issue),
  roots: [],
  needs: { secretNames: [], boundaries: null, chooses: false },
  ...more,
});

it('says what is wrong with a field once it was left, and with all once they are asked for', async () => {
  const screen = await render(BundleForm, props());
  const wrong = () =>
    [...screen.container.querySelectorAll('[aria-invalid="true"]')].map((field) =>
      field.closest('.field')?.querySelector('label')?.textContent.replace('*', '').trim(),
    );
  expect(wrong()).toEqual([]);
  await expect.element(screen.getByText('Give ingress.path.')).not.toBeInTheDocument();

  await screen.getByRole('textbox', { name: 'Input path' }).click();
  expect(wrong()).toEqual([]);
  await screen.getByRole('textbox', { name: 'Name' }).click();
  await expect.element(screen.getByText('Give ingress.path.')).toBeVisible();
  expect(wrong()).toEqual(['Input path']);

  await screen.rerender(props({ showsAll: true }));
  await expect.element(screen.getByText('Give reject.path.')).toBeVisible();
  expect(wrong()).toEqual(['Input path', 'Output path', 'Reject path']);
});
