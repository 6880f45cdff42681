import { readdirSync, readFileSync } from 'node:fs';
import { expect, test, type Page } from 'playwright/test';
import { environmentPage, overview, signIn } from './pages/index.ts';
import { editor } from './pages/editor.ts';
import { startApp, type App } from './support/app.ts';
import { lower, specHash } from './support/native.ts';
import { call, must } from './support/trpc.ts';

const plans = new URL('../docs/examples/plans/', import.meta.url);
const targets = ['single_ring', 'lane_graph'] as const;

interface Answer {
  specHash: string | null;
  specKv: string | null;
  code: string | null;
}

/** Lets the server make a version of the text, through the same calls that the page makes. */
async function server(
  page: Page,
  environmentId: string,
  name: string,
  text: string,
  target: string,
  expectedSpecHash: string,
): Promise<Answer> {
  const { compilerVersion } = await must<{ compilerVersion: string }>(page, 'query', 'session.get');
  const draft = await must<{ draftId: string; revision: number }>(
    page,
    'mutation',
    'drafts.create',
    { environmentId, name, text, target, layout: {} },
  );
  const made = await call<{ versionId: string }>(page, 'mutation', 'versions.create', {
    draftId: draft.draftId,
    revision: draft.revision,
    expectedSpecHash,
    compilerVersion,
  });
  if (made.code !== null) return { specHash: null, specKv: null, code: made.code };
  const { versionId } = made.data;
  const version = await must<{ specHash: string; specKv: string }>(page, 'query', 'versions.get', {
    versionId,
  });
  return { specHash: version.specHash, specKv: version.specKv, code: null };
}

let app: App;
test.beforeAll(async () => {
  app = await startApp({ agents: false });
});
test.afterAll(async () => {
  await app?.stop();
});

test('the command line, the page and the server make the same bytes of every sample plan', async ({
  page,
}) => {
  test.setTimeout(480_000);
  await signIn(page, app.signInLink);
  await overview(page).openEnvironment('development');
  const environmentId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  await environmentPage(page).tab('Drafts');
  await environmentPage(page).newDraft('Samples');
  const edit = editor(page);
  await edit.opened();
  await edit.openTextLane();

  const files = readdirSync(plans).filter((name) => name.endsWith('.plan'));
  expect(files.length).toBeGreaterThanOrEqual(20);
  let compiled = 0;
  for (const file of files) {
    const text = readFileSync(new URL(file, plans), 'utf8');
    await edit.typeText(text);
    for (const target of targets) {
      await edit.chooseTarget(target);
      const kv = await lower(new URL(file, plans).pathname, target);
      const what = `${file} as ${target}`;
      if (kv === null) {
        await expect.poll(() => edit.refusal(), what).not.toBe('');
        const answer = await server(
          page,
          environmentId,
          what,
          text,
          target,
          'sha256:' + '0'.repeat(64),
        );
        expect(answer.code, what).not.toBeNull();
        continue;
      }
      compiled += 1;
      await expect.poll(async () => (await edit.specKv()).trim(), what).toBe(kv.trim());
      const hash = await edit.specHash();
      expect(hash, what).toBe(specHash(kv));
      const answer = await server(page, environmentId, what, text, target, hash);
      expect(answer, what).toEqual({ specHash: hash, specKv: kv, code: null });
    }
  }
  expect(compiled).toBeGreaterThanOrEqual(20);
});
