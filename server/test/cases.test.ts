/** What becomes of the cases of a version: the whole way, from the draft to what is kept. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeVersion, startTestServer, type Api, type TestServer } from './harness.ts';

let server: TestServer;
let api: Api;
beforeAll(async () => {
  server = await startTestServer();
  api = server.as(server.owner);
});
afterAll(() => server.close());

const PLAN = 'pipeline p\ningress in\nstage a keep:x\negress out\nin -> a -> out\n';

describe('the cases of a version', () => {
  const keeps = { name: 'Keeps x', input: { in: ['x', 'y'] }, expected: { out: ['x'] } };
  const loses = { name: 'Keeps y', input: { in: ['y'] }, expected: { out: ['y'] } };

  async function versionWith(cases: Record<string, typeof keeps>) {
    const { revision, cases: before } = await api.drafts.get({ draftId: server.draftId });
    const gone = Object.fromEntries(Object.keys(before).map((id) => [id, null]));
    await api.drafts.save({
      draftId: server.draftId,
      baseRevision: revision,
      text: PLAN,
      target: 'single_ring',
      layout: {},
      cases: { ...gone, ...cases },
      compilerVersion: server.services.compiler.version,
    });
    return makeVersion(server, PLAN);
  }
  const runNow = async (versionId: string) => {
    const { runCases } = await import('../jobs/case-run.ts');
    await runCases(server.services, { orgId: server.org.id, versionId });
  };

  it('are run by the server, which keeps their digests and what came of them', async () => {
    const { versionId, specHash } = await versionWith({ keeps, loses });
    expect((await api.versions.get({ versionId })).caseRun).toBeNull();
    await runNow(versionId);
    const { caseRun, ...version } = await api.versions.get({ versionId });
    expect(version.specHash).toBe(specHash);
    expect(caseRun?.findings).toMatchObject([
      { id: 'keeps', name: 'Keeps x', outcome: { kind: 'passes' } },
      {
        id: 'loses',
        outcome: {
          kind: 'fails',
          difference: { egress: 'out', kind: 'missing', gone: { node: 'a', record: 1 } },
        },
      },
    ]);
    for (const { digest } of caseRun?.findings ?? [])
      expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    // A second worker finds it done; what was found never changes.
    await runNow(versionId);
    expect((await api.versions.get({ versionId })).caseRun).toEqual(caseRun);
    const { client } = server.services.database;
    await expect(
      client.caseRun.update({ where: { versionId }, data: { outcomes: [] } }),
    ).rejects.toThrow();
  });

  it('are queued with it, also when it is promoted; a version without any is not run', async () => {
    const queued = async () => {
      const counts = await server.services.jobs.counts();
      return counts.reduce((sum, { name, count }) => sum + (name === 'case_run' ? count : 0), 0);
    };
    const before = await queued();
    const { versionId } = await versionWith({ keeps });
    expect(await queued()).toBe(before + 1);
    const environmentId = server.production.id;
    const promoted = await api.versions.promote({ versionId, environmentId });
    expect(await queued()).toBe(before + 2);
    await runNow(promoted.versionId);
    expect((await api.versions.get({ versionId: promoted.versionId })).caseRun).toMatchObject({
      findings: [{ id: 'keeps', outcome: { kind: 'passes' } }],
    });
    await versionWith({});
    expect(await queued()).toBe(before + 2);
  });
});
