import AxeBuilder from '@axe-core/playwright';
import { writeFile } from 'node:fs/promises';
import { expect, test, type Page } from 'playwright/test';
import { open, signIn } from './pages/index.ts';
import { startApp, type App } from './support/app.ts';
import {
  deploy,
  environmentId,
  files,
  makeBundle,
  makeVersion,
  onlineAgent,
  reaches,
} from './support/deploy.ts';
import { must } from './support/trpc.ts';

const plan = `pipeline orders
ingress in
stage json keep:^\\{
stage mask "replace:[0-9]+=#"
egress out
in -> json -> mask -> out
`;

let app: App;
test.beforeAll(async () => {
  test.setTimeout(600_000);
  app = await startApp();
});
test.afterAll(async () => {
  await app?.stop();
});

/** What axe finds serious or critical on the page as it stands. */
async function serious(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}`));
}

test('axe finds nothing serious on any page, in light and dark, wide and narrow', async ({
  page,
  browser,
}) => {
  test.setTimeout(600_000);
  const messages: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy/.test(message.text())) {
      messages.push(message.text());
    }
  });
  await signIn(page, app.signInLink);
  const development = await environmentId(page, 'development');
  const production = await environmentId(page, 'production');
  const agent = await onlineAgent(page, production);
  const paths = files(app, 'pages');
  await writeFile(paths.input, '{"order":1}\n');
  const draftVersion = await makeVersion(page, development, plan);
  const { versionId } = await must<{ versionId: string }>(page, 'mutation', 'versions.promote', {
    versionId: draftVersion,
    environmentId: production,
  });
  const bundle = await makeBundle(page, production, versionId, paths);
  const deployment = await deploy(page, { versionId, bundleId: bundle, agentIds: [agent] });
  await reaches(page, deployment, 'pending_approval');
  const { approval } = await must<{ approval: { id: string } }>(page, 'query', 'deployments.get', {
    deploymentId: deployment,
  });
  const drafts = await must<{ id: string }[]>(page, 'query', 'drafts.list', {
    environmentId: development,
  });

  const pages = [
    '/',
    '/rules#e_plan_cycle',
    `/environments/${production}`,
    `/drafts/${drafts[0]!.id}`,
    `/versions/${versionId}`,
    `/compare?from=${draftVersion}&to=${versionId}`,
    `/bundles/new?environment=${production}&version=${versionId}`,
    `/bundles/${bundle}`,
    `/deployments/new?environment=${production}&version=${versionId}&bundle=${bundle}`,
    `/deployments/${deployment}`,
    '/approvals',
    `/approvals/${approval.id}`,
    '/settings/members',
    '/audit',
  ];
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1440, 390]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      for (const path of pages) {
        await open(page, app.url + path);
        await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
        if (path.startsWith('/drafts/')) {
          await expect(page.getByRole('heading', { name: 'Outline' })).toBeVisible();
        }
        await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
        expect(await serious(page), `${path}, ${colorScheme}, ${width}`).toEqual([]);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow, `${path} at ${width} scrolls sideways`).toBeLessThanOrEqual(0);
      }
    }
  }
  const stranger = await (await browser.newContext()).newPage();
  for (const path of ['/sign-in', '/invite#unknown', '/rules', '/open']) {
    await open(stranger, app.url + path);
    expect(await serious(stranger), path).toEqual([]);
  }
  expect(messages).toEqual([]);
});
