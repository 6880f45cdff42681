/**
 * Every known way around an approval, as the control plane meets it: each refused by its own code. The
 * list is shared with the agent's suite (`crates/byteor-policy/tests/bypasses.rs`); who adds a line has
 * to try it on both sides.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deployBundleKey } from '../providers/object-store.ts';
import type { HeldSession } from '../providers/identity.ts';
import {
  addPerson,
  clearTheWay,
  codeOf,
  decide,
  deploy,
  makeChoice,
  startTestServer,
  type Api,
  type TestAgent,
  type TestPerson,
  type TestServer,
} from './harness.ts';

interface Bypass {
  bypass: string;
  server: string;
}
const LIST = JSON.parse(
  readFileSync(
    new URL('../../crates/byteor-policy/tests/vectors/bypasses.json', import.meta.url),
    'utf8',
  ),
) as Bypass[];

let server: TestServer;
let agent: TestAgent;
let olive: TestPerson;
let oscar: TestPerson;
let development: { versionId: string };
let choice: { versionId: string; bundleId: string; agentIds: string[] };

const owner = () => server.as(server.owner);
type Settings = NonNullable<Parameters<Api['environments']['update']>[0]['settings']>;
const set = (settings: Settings) =>
  owner().environments.update({ environmentId: server.production.id, settings });

beforeAll(async () => {
  server = await startTestServer();
  olive = await addPerson(server, 'Olive', 'operator');
  oscar = await addPerson(server, 'Oscar', 'operator');
  ({ agent, development, choice } = await makeChoice(server));
});
afterAll(() => server.close());
beforeEach(async () => {
  server.services.config.provenRequired = false;
  await set({ quorum: 1, approverUsers: [], breakGlassAllowed: false });
  await clearTheWay(server);
});

/** The code with which a deployment ended, after everything that could build it did. */
async function endOf(deploymentId: string): Promise<string> {
  await server.runJobs();
  const { state, failure } = await owner().deployments.get({ deploymentId });
  expect(state).toBe('failed');
  return failure?.code ?? 'none';
}

/** As whoever holds the database could: past the triggers that keep approvals as they were. */
async function forgeRow(approvalId: string, credential: string): Promise<void> {
  const { pool, schema } = server.services.database;
  await pool.query(`ALTER TABLE "${schema}"."approvals" DISABLE TRIGGER approvals_keep_digest`);
  await pool.query(`UPDATE "${schema}"."approvals" SET credential = $1 WHERE id = $2`, [
    credential,
    approvalId,
  ]);
  await pool.query(`ALTER TABLE "${schema}"."approvals" ENABLE TRIGGER approvals_keep_digest`);
}
const credentialOf = async (approvalId: string) =>
  (await server.services.database.client.approval.findFirstOrThrow({ where: { id: approvalId } }))
    .credential ?? '';

async function approved() {
  const created = await deploy(server, choice);
  await decide(server, olive, created);
  return created;
}

const TRIED: Record<string, () => Promise<string>> = {
  async edit_after_approval() {
    const { deploymentId } = await approved();
    await set({ quorum: 2 });
    return endOf(deploymentId);
  },
  async swapped_rows() {
    const other = await approved();
    const mine = await approved();
    await forgeRow(mine.approvalId, await credentialOf(other.approvalId));
    return endOf(mine.deploymentId);
  },
  async swapped_objects() {
    const { deploymentId } = await approved();
    await server.runJobs();
    const row = await server.services.database.client.deployment.findFirstOrThrow({
      where: { id: deploymentId },
    });
    const key = deployBundleKey(row.orgId, row.bundleHash ?? '');
    await server.services.objects.put(key, Buffer.from('another bundle'));
    await agent.call('GET', `/deployments/${deploymentId}/bundle`);
    const record = await server.services.database.client.auditRecord.findFirstOrThrow({
      where: { action: 'deploy_bundle.fetch', outcome: 'denied', resourceId: deploymentId },
    });
    return (record.detail as { code: string }).code;
  },
  async old_bundle() {
    // What was decided once is decided: nobody makes a further bundle of it.
    const created = await approved();
    await server.runJobs();
    return codeOf(decide(server, oscar, created));
  },
  async other_environment() {
    return codeOf(deploy(server, { ...choice, versionId: development.versionId }));
  },
  async expired_while_building() {
    const { deploymentId } = await approved();
    server.advance(61);
    return endOf(deploymentId);
  },
  async forged_keys() {
    const { approvalId, deploymentId } = await approved();
    const [payload = '', signature = ''] = (await credentialOf(approvalId)).split('.');
    const bytes = Buffer.from(signature, 'base64url');
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    await forgeRow(approvalId, `${payload}.${bytes.toString('base64url')}`);
    return endOf(deploymentId);
  },
  async one_person_alone() {
    return codeOf(decide(server, server.owner, await deploy(server, choice)));
  },
  async one_person_twice() {
    await set({ quorum: 2 });
    const created = await deploy(server, choice);
    await decide(server, olive, created);
    return codeOf(decide(server, olive, created));
  },
  async person_not_named() {
    await set({ approverUsers: [oscar.id] });
    return codeOf(decide(server, olive, await deploy(server, choice)));
  },
  async person_not_proven() {
    server.services.config.provenRequired = true;
    const { approvalId, digest } = await deploy(server, choice);
    const invited: Partial<HeldSession> = {
      method: 'invitation',
      shownTo: [oscar.id],
      orgIds: [server.org.id],
    };
    const api = server.as(olive, invited).approvals;
    const { basis } = await api.get({ approvalId });
    return codeOf(api.approve({ approvalId, digest, basis }));
  },
  async glass_not_to_be_broken() {
    const { approvalId, digest } = await deploy(server, choice);
    return codeOf(server.as(olive).approvals.breakGlass({ approvalId, digest, reason: 'now' }));
  },
  async changed_base() {
    const older = await deploy(server, choice);
    const { approvalId, digest } = older;
    const { basis } = await server.as(olive).approvals.get({ approvalId });
    await decide(server, olive, await deploy(server, choice));
    return codeOf(server.as(olive).approvals.approve({ approvalId, digest, basis }));
  },
  async other_statement_version() {
    // As it was asked for before statements bound who has to approve.
    const { approvalId, deploymentId } = await deploy(server, choice);
    const { compiler, database } = server.services;
    const row = await database.client.deployment.findFirstOrThrow({ where: { id: deploymentId } });
    const { statement } = compiler.deploymentDecode(row.statementText);
    if (statement.v !== 2) throw new Error('what is asked for is of version 2');
    const { policy, proof: _p, break_glass: _b, rollout: _r, ...subject } = statement;
    const { approval, self_approval } = policy;
    const old = compiler.deploymentEncode({
      ...subject,
      v: 1,
      policy: { approval, self_approval },
    });
    const schema = `"${database.schema}"`;
    const quiet = async (table: string, trigger: string, column: string, set: unknown[]) => {
      await database.pool.query(`ALTER TABLE ${schema}.${table} DISABLE TRIGGER ${trigger}`);
      await database.pool.query(`UPDATE ${schema}.${table} SET ${column} WHERE id = $1`, set);
      await database.pool.query(`ALTER TABLE ${schema}.${table} ENABLE TRIGGER ${trigger}`);
    };
    await quiet('deployments', 'deployments_keep_statement', 'statement_text = $2, digest = $3', [
      deploymentId,
      old.text,
      old.digest,
    ]);
    await quiet('approvals', 'approvals_keep_digest', 'digest = $2', [approvalId, old.digest]);
    return codeOf(decide(server, olive, { approvalId, digest: old.digest }));
  },
  async agent_that_cannot_verify() {
    await agent.heartbeat([], { statement_versions: [1] });
    const code = await codeOf(deploy(server, choice));
    await agent.heartbeat();
    return code;
  },
};

describe('a way around an approval', () => {
  it.each(LIST)('$bypass is refused by its own code', async ({ bypass, server: code }) => {
    expect(await TRIED[bypass]?.()).toBe(code);
  });

  it('is on the list once, with a code that no other has', () => {
    expect(Object.keys(TRIED).sort()).toEqual(LIST.map(({ bypass }) => bypass).sort());
    expect(new Set(LIST.map((one) => one.server)).size).toBe(LIST.length);
  });
});
