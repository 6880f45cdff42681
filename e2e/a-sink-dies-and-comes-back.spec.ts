/**
 * Records are posted to a pipeline, and it posts them on. Who they go to dies and comes back: the page says so
 * within seconds, in words, and that it goes on by itself; nothing is lost.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test, type Page } from 'playwright/test';
import { deploymentPage, open, signIn } from './pages/index.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { deploy, makeVersion, reaches } from './support/deploy.ts';
import {
  makeEnvironment,
  nativeBinaries,
  sharedName,
  startHost,
  type Host,
} from './support/hosts.ts';
import { must } from './support/trpc.ts';

closesWhatItOpened();

const plan = `pipeline posts
ingress in
stage keep keep:.
egress out
in -> keep -> out
`;

/** Takes what is posted, while it is there. */
class Sink {
  readonly records: string[] = [];
  port = 0;
  #server: Server | undefined;

  async begin(): Promise<void> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.records.push(...Buffer.concat(chunks).toString().split('\n').filter(Boolean));
        response.end();
      });
    });
    await new Promise<void>((listening) => server.listen(this.port, '127.0.0.1', listening));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async die(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = new Promise((done) => server.close(done));
    server.closeAllConnections();
    await closed;
  }
}

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

let app: App;
let host: Host;
let page: Page;
let source: number;
const sink = new Sink();
const post = (record: string, path = '/records') =>
  fetch(`http://127.0.0.1:${source}${path}`, { method: 'POST', body: `${record}\n` });

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(600_000);
  const binaries = await nativeBinaries();
  app = await startApp({ agents: false });
  await sink.begin();
  source = await freePort();
  page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await signIn(page, app.signInLink);
  const place = await makeEnvironment(page, { approvalRequired: false, selfApproval: true });
  const { environmentId } = place;
  host = await startHost(page, app, binaries, place, 'edge-1', ['--allow-net=127.0.0.1']);
  const versionId = await makeVersion(page, environmentId, plan);
  const { config } = await must<{ config: object }>(page, 'query', 'bundles.suggest', {
    environmentId,
    versionId,
  });
  const { bundleId } = await must<{ bundleId: string }>(page, 'mutation', 'bundles.create', {
    environmentId,
    versionId,
    name: 'Posted on',
    config: {
      ...config,
      ingress: {
        kind: 'http',
        listen: `127.0.0.1:${source}`,
        url_path: '/records',
        framing: 'lines',
        too_large: 'reject',
        max_body_bytes: 65_536,
        in_flight_bytes: 1_048_576,
        connections: 16,
        timeout_seconds: 30,
      },
      egress: {
        kind: 'http',
        url: `http://127.0.0.1:${sink.port}/take`,
        framing: 'lines',
        batch_records: 500,
        batch_bytes: 65_536,
        timeout_seconds: 5,
      },
      reject: { path: join(sharedName(app), 'rejected') },
    },
  });
  const id = await deploy(page, { versionId, bundleId, agentIds: [host.id] });
  await reaches(page, id, 'active');
  await open(page, `${app.url}/deployments/${id}`);
});

test.afterAll(async () => {
  await host?.stop();
  await sink.die();
  if (app) expect(await app.stop()).toBe(0);
});

test('who is connected and what was refused is seen, and what nobody knows is said', async () => {
  await deploymentPage(page).reaches('Active');
  const from = page.locator('[data-peer="source"]');
  await expect(from).toHaveAttribute('data-answers', 'Listening');
  await expect(page.locator('[data-lag="source"]')).toHaveText('not known');
  await expect(page.getByText("Clients keep what isn't taken")).toBeVisible();
  expect((await post('one')).status).toBe(200);
  await expect(page.locator('[data-peer="sink"]')).toHaveAttribute('data-answers', 'Connected');
  expect((await post('nowhere', '/none')).status).toBe(404);
  await expect(page.locator('[data-refused="source"]')).toHaveText('1 request');
  await expect(page.getByText('E_HTTP_PATH')).toBeVisible();
  expect(sink.records).toEqual(['one']);
});

test('the sink dies: the page says so within seconds, in words', async () => {
  await sink.die();
  const died = Date.now();
  const answered = post('two');
  const down = page.locator('[data-peer-down="sink"]');
  await expect(down).toContainText('HTTP doesn’t answer edge-1', { timeout: 10_000 });
  const after = Date.now() - died;
  await expect(down).toContainText("can't be connected to");
  await expect(down).toContainText('goes on by itself when it is back');
  await expect(page.getByRole('status', { name: 'Health' })).toContainText('Strained');
  expect(after).toBeLessThan(10_000);

  await sink.begin();
  await expect(down).toBeHidden();
  const back = page.locator('[data-peer="sink"]');
  await expect(back).toHaveAttribute('data-answers', 'Connected');
  await expect(page.getByRole('status', { name: 'Health' })).toContainText('Running');
  expect((await answered).status).toBe(200);
  expect(sink.records).toEqual(['one', 'two']);
});
