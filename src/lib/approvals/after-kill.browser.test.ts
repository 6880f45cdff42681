import { expect, it } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import { compiler, type ConfigBundleV1 } from '$lib/compiler';
import { adapters, deliveries } from '$lib/compiler/adapters';
import AfterKill from './AfterKill.svelte';

const plan = 'pipeline orders\ningress in\nstage a keep:a\negress out\nin -> a -> out\n';

const files: ConfigBundleV1 = {
  v: 1,
  posture: 'prod',
  tuning: { profile: 'default' },
  record: { slot_bytes: 1024 },
  ingress: {
    kind: 'file',
    path: '/data/in.log',
    framing: 'lines',
    mode: 'follow',
    start: 'start',
    too_large: 'reject',
  },
  egress: { kind: 'file', path: '/data/out.log', framing: 'lines' },
  reject: { path: '/data/rejected.log' },
};
const socket: ConfigBundleV1['egress'] = {
  kind: 'websocket',
  role: 'connect',
  url: 'wss://records.example/',
  framing: 'text',
  batch_records: 100,
  batch_bytes: 65536,
  timeout_seconds: 30,
};

async function runOf(config: ConfigBundleV1) {
  const [{ report }, { text }] = await Promise.all([
    compiler().call('lower', { text: plan, target: 'single_ring' }),
    compiler().call('bundleEncode', { config }),
  ]);
  if (!report) throw new Error('the plan doesn’t lower');
  return { kv: report.spec_kv, bundle: text };
}

/** What the declarations of these adapters come to. */
const promisedBy = (source: 'resumes', sink: 'exact' | 'unconfirmed') => {
  const { title, because } = deliveries[`${source} ${sink}`];
  return `delivered ${title}. ${because}`;
};
const lines = (tag: 'p' | 'del' | 'ins') =>
  [...document.querySelectorAll(`.after ${tag}`)].map(({ textContent }) => textContent);

it('says how the two adapters deliver, before what the spec promises', async () => {
  expect(adapters.find(({ kind }) => kind === 'file')?.ingress?.promise).toBe('resumes');
  await render(AfterKill, { wanted: await runOf(files), running: null });
  await expect.poll(() => lines('p').length).toBeGreaterThan(1);
  expect(lines('p')[0]).toContain(`File → pipeline → File: ${promisedBy('resumes', 'exact')}`);
});

it('says what of it becomes otherwise', async () => {
  await render(AfterKill, {
    wanted: await runOf({ ...files, egress: socket }),
    running: await runOf(files),
  });
  await expect.poll(() => lines('ins')).toHaveLength(1);
  expect(lines('del')).toHaveLength(1);
  expect(lines('del')[0]).toContain(promisedBy('resumes', 'exact'));
  expect(lines('ins')[0]).toContain(
    `File → pipeline → WebSocket: ${promisedBy('resumes', 'unconfirmed')}`,
  );
});

it('says that it says nothing where the bundle can’t be read here', async () => {
  const run = await runOf(files);
  await render(AfterKill, { wanted: { ...run, bundle: 'v=99\n' }, running: null });
  const said = page.getByText('can’t read the spec or the bundle', { exact: false });
  await expect.element(said).toBeVisible();
});
