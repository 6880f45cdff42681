import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'playwright/test';
import { deploymentPage, open, signIn } from './pages/index.ts';
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
import { oracle } from './support/log.ts';
import { findProcess } from './support/processes.ts';
import { must } from './support/trpc.ts';

const plan = `pipeline orders
ingress in
stage even keep:[02468]$
stage mask "replace:[0-4]=#"
stage some sample:3
stage once dedupe:50
egress out
in -> even -> mask -> some -> once -> out
`;

let app: App;
test.beforeAll(async () => {
  test.setTimeout(600_000);
  app = await startApp();
});
test.afterAll(async () => {
  await app?.stop();
});

test('kill the runtime, the agent and the server while records flow: nothing is lost or doubled', async ({
  page,
}) => {
  test.setTimeout(600_000);
  await signIn(page, app.signInLink);
  const environment = await environmentId(page, 'development');
  const agent = await onlineAgent(page, environment);
  const paths = files(app, 'killed');
  await writeFile(paths.input, '');
  const version = await makeVersion(page, environment, plan);
  const bundle = await makeBundle(page, environment, version, paths);
  const id = await deploy(page, { versionId: version, bundleId: bundle, agentIds: [agent] });
  await reaches(page, id, 'active');

  let written = 0;
  const write = async (records: number) => {
    const lines = Array.from({ length: records }, (_, i) => `record ${written + i}\n`).join('');
    await appendFile(paths.input, lines);
    written += records;
  };
  const kill = async (words: string) => {
    for (const pid of await findProcess(app.pid, words)) process.kill(pid, 'SIGKILL');
  };

  for (const round of [0, 1, 2]) {
    for (let i = 0; i < 20; i += 1) {
      await write(997);
      await sleep(15);
    }
    await kill('byteor-edgeplane run');
    await write(4_001);
    await sleep(700 + 300 * round);
    await kill('byteor-agent run');
    await write(2_003);
    await sleep(400);
    if (round === 1) {
      // What the server acknowledged is there after it comes back.
      const draft = await must<{ draftId: string }>(page, 'mutation', 'drafts.create', {
        environmentId: environment,
        name: 'Acknowledged',
        text: plan,
        target: 'single_ring',
        layout: {},
      });
      await app.killServer();
      await write(3_001);
      await app.restart();
      const kept = await must<{ name: string }>(page, 'query', 'drafts.get', draft);
      expect(kept.name).toBe('Acknowledged');
    }
  }

  // Every third of those that pass, and of these each once among the last 50 that passed.
  const expected = await oracle(
    `grep -aE '[02468]$' '${paths.input}' | sed -E 's/[0-4]/#/g' | awk 'NR % 3 == 1 && !($0 in known) {
      print; known[$0]; passed[++count] = $0
      if (count > 50) delete known[passed[count - 50]]
    }'`,
  );
  await expect
    .poll(async () => (await readFile(paths.output)).length, { timeout: 90_000 })
    .toBe(expected.length);
  expect((await readFile(paths.output)).equals(expected)).toBe(true);
  await open(page, `${app.url}/deployments/${id}`);
  const out = expected.filter((byte) => byte === 10).length;
  await deploymentPage(page).countersReach(
    { in: written, out, dropped: written - out, rejected: 0 },
    90_000,
  );
});
