import { expect, test, type Browser, type Page } from 'playwright/test';
import { approvalScreen, joins, members, open, signIn } from './pages/index.ts';
import { hostLink } from './support/admin.ts';
import { closesWhatItOpened, startApp, type App } from './support/app.ts';
import { deploy, environmentId, files, makeBundle } from './support/deploy.ts';
import { call, must } from './support/trpc.ts';

closesWhatItOpened();

const plan = `pipeline orders
ingress in
stage json keep:^\\{
egress out
in -> json -> out
`;

let app: App;
let owner: Page;
let olga: Page;
let choice: { versionId: string; bundleId: string; agentIds: string[] };

const person = async (browser: Browser): Promise<Page> => (await browser.newContext()).newPage();

/** An agent that only enrols: enough to ask for a deployment. */
async function enroll(production: string): Promise<string> {
  const { orgs } = await must<{ orgs: { id: string; projects: { id: string }[] }[] }>(
    owner,
    'query',
    'workspace.tree',
  );
  const { token } = await must<{ token: string }>(owner, 'mutation', 'enrollmentTokens.create', {
    environmentId: production,
  });
  const answer = await fetch(
    `${app.url}/api/v1/orgs/${orgs[0]!.id}/projects/${orgs[0]!.projects[0]!.id}/environments/${production}/agents`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'edge',
        host_name: 'edge',
        agent_version: '0.1.0',
        protocol_version: 1,
        spec_features: ['single_ring'],
        statement_versions: [1, 2],
        allowed_roots: [app.filesDir],
      }),
    },
  );
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { agent_id: string }).agent_id;
}

/** A version with the hash that the server found in a saved draft: this is about people, not bytes. */
async function makeVersion(environment: string): Promise<string> {
  const { compilerVersion } = await must<{ compilerVersion: string }>(
    owner,
    'query',
    'session.get',
  );
  const { draftId, revision } = await must<{ draftId: string; revision: number }>(
    owner,
    'mutation',
    'drafts.create',
    { environmentId: environment, name: 'Orders', text: plan, target: 'single_ring', layout: {} },
  );
  let specHash = '';
  await expect
    .poll(async () => {
      const drafts = await must<{ id: string; checked: { specHash: string } | null }[]>(
        owner,
        'query',
        'drafts.list',
        { environmentId: environment },
      );
      specHash = drafts.find((draft) => draft.id === draftId)?.checked?.specHash ?? '';
      return specHash;
    })
    .not.toBe('');
  const { versionId } = await must<{ versionId: string }>(owner, 'mutation', 'versions.create', {
    draftId,
    revision,
    expectedSpecHash: specHash,
    compilerVersion,
  });
  return versionId;
}

/** Asks for a deployment and answers its approval. */
async function ask(page: Page): Promise<string> {
  const deploymentId = await deploy(page, choice);
  const { approval } = await must<{ approval: { id: string } }>(page, 'query', 'deployments.get', {
    deploymentId,
  });
  return approval.id;
}
async function withdrawAll(): Promise<void> {
  const inbox = await must<{ state: string; deploymentId: string }[]>(
    owner,
    'query',
    'approvals.inbox',
  );
  for (const { state, deploymentId } of inbox) {
    if (state === 'pending')
      await must(owner, 'mutation', 'deployments.withdraw', { deploymentId });
  }
}

test.describe.configure({ mode: 'serial' });
test.beforeAll(async ({ browser }) => {
  test.setTimeout(300_000);
  app = await startApp({ agents: false });
  owner = await person(browser);
  olga = await person(browser);
  await signIn(owner, app.signInLink);
  const development = await environmentId(owner, 'development');
  const production = await environmentId(owner, 'production');
  const agent = await enroll(production);
  const { versionId } = await must<{ versionId: string }>(owner, 'mutation', 'versions.promote', {
    versionId: await makeVersion(development),
    environmentId: production,
  });
  const bundleId = await makeBundle(owner, production, versionId, files(app, 'orders'));
  choice = { versionId, bundleId, agentIds: [agent] };
});
test.afterAll(async () => {
  if (app) expect(await app.stop()).toBe(0);
});

test('a second self approves, and everything says for ever that nobody can tell', async () => {
  await joins(owner, olga);
  const approvalId = await ask(owner);
  const screen = approvalScreen(olga);
  await open(olga, `${app.url}/approvals/${approvalId}`);
  await screen.hashesMatch();
  await expect(olga.getByText('Second person not proven')).toBeVisible();
  await screen.decide('approve', 'fine');
  await expect(olga.getByText('Second person not proven')).toBeVisible();
  await expect(
    olga.getByText('Owner, who asked, was shown the link that let Olga Operator in'),
  ).toBeVisible();
  await open(owner, `${app.url}/audit`);
  await expect(owner.getByText('second person not proven').first()).toBeVisible();
  await withdrawAll();
});

test('a session whose link the requester issued decides nothing of theirs', async () => {
  const approvalId = await ask(owner);
  await open(owner, app.url);
  await members(owner).open();
  const link = await members(owner).signInLink('Olga Operator');
  await olga.context().clearCookies();
  await signIn(olga, link);
  await open(olga, `${app.url}/approvals/${approvalId}`);
  await expect(approvalScreen(olga).approve).toBeDisabled();
  await expect(approvalScreen(olga).deny).toBeDisabled();
  const approval = await must<{ digest: string; basis: string }>(olga, 'query', 'approvals.get', {
    approvalId,
  });
  for (const decision of ['approve', 'deny']) {
    const { code } = await call(olga, 'mutation', `approvals.${decision}`, {
      approvalId,
      digest: approval.digest,
      basis: approval.basis,
    });
    expect(code).toBe('approval_issuers_request');
  }
  await withdrawAll();
  // Nor does the issuer decide what it asks for.
  const asked = await ask(olga);
  const theirs = await must<{ digest: string; basis: string }>(owner, 'query', 'approvals.get', {
    approvalId: asked,
  });
  const { code } = await call(owner, 'mutation', 'approvals.approve', {
    approvalId: asked,
    digest: theirs.digest,
    basis: theirs.basis,
  });
  expect(code).toBe('approval_issuers_request');
  await withdrawAll();
});

test('two who signed in by links from the host are two', async () => {
  await olga.context().clearCookies();
  await signIn(olga, await hostLink(app, 'olga@example.com'));
  const approvalId = await ask(owner);
  const screen = approvalScreen(olga);
  await open(olga, `${app.url}/approvals/${approvalId}`);
  await screen.hashesMatch();
  await screen.decide('approve', 'fine');
  await expect(olga.getByText('Second person not proven')).toHaveCount(0);
});
