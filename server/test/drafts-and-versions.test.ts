import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from '../ids/uuid.ts';
import { localFilesFolder } from '../local/agents.ts';
import { writeSampleInput } from '../local/sample-input.ts';
import {
  codeOf,
  makeBundle,
  makeVersion,
  startTestServer,
  type Api,
  type TestServer,
} from './harness.ts';

let server: TestServer;
let api: Api;
beforeAll(async () => {
  server = await startTestServer();
  api = server.as(server.owner);
});
afterAll(() => server.close());

const save = (baseRevision: number, text: string) =>
  api.drafts.save({
    draftId: server.draftId,
    baseRevision,
    text,
    target: 'single_ring',
    layout: { nodes: { json: { x: 1, y: 2 } } },
    compilerVersion: server.services.compiler.version,
  });

describe('a version', () => {
  it('says what it needs of an agent', async () => {
    const needs = async (block: string) => {
      const text = `pipeline sums\n\ningress in\nstage mask replace:a=b\negress out\n\nin -> mask -> out\n${block}`;
      const { versionId } = await makeVersion(server, text);
      const version = { where: { id: versionId }, select: { features: true } };
      return (await server.services.database.client.version.findUniqueOrThrow(version)).features;
    };
    expect(await needs('')).toEqual(['single_ring']);
    const block = '\nsingle_ring { ordering per_key; shards 4; shard_key 0 8 }\n';
    expect(await needs(block)).toEqual(['ring_shards', 'single_ring']);
  });
});

describe('saving a draft', () => {
  it('counts the revision up and keeps text and layout', async () => {
    const before = await api.drafts.get({ draftId: server.draftId });
    const { revision } = await save(before.revision, before.text);
    const after = await api.drafts.get({ draftId: server.draftId });
    expect(after).toMatchObject({
      revision,
      text: before.text,
      layout: { nodes: { json: { x: 1 } } },
    });
    expect(revision).toBe(before.revision + 1);
  });

  it('refuses a stale revision, overwrites nothing, and says who was first', async () => {
    const { revision, text } = await api.drafts.get({ draftId: server.draftId });
    await expect(save(revision - 1, 'overwritten')).rejects.toMatchObject({
      cause: {
        code: 'draft_revision_stale',
        args: { baseRevision: revision - 1, currentRevision: revision, updatedBy: 'Owner' },
      },
    });
    expect((await api.drafts.get({ draftId: server.draftId })).text).toBe(text);
  });

  it('lets exactly one of many writers on the same revision through', async () => {
    const { revision } = await api.drafts.get({ draftId: server.draftId });
    const codes = await Promise.all(
      Array.from({ length: 8 }, (_, writer) => codeOf(save(revision, `# writer ${writer}\n`))),
    );
    expect(codes.filter((code) => code === 'none')).toHaveLength(1);
    expect(codes.filter((code) => code === 'draft_revision_stale')).toHaveLength(7);
    expect((await api.drafts.get({ draftId: server.draftId })).revision).toBe(revision + 1);
  });

  it('refuses a zero byte, which no database text could hold', async () => {
    const { revision } = await api.drafts.get({ draftId: server.draftId });
    await expect(save(revision, 'a\0b')).rejects.toThrow(/zero byte/);
  });
});

describe('what stands beside the plan', () => {
  const cases = {
    one: { name: 'Keeps x', input: { in: ['x', '\\x00'] }, expected: { out: ['x'] } },
  };
  const samples = { feed: { name: 'A feed', records: ['x', 'y'] } };
  const current = () => api.drafts.get({ draftId: server.draftId });
  type Save = Parameters<typeof api.drafts.save>[0];
  const saveBeside = async (beside: Pick<Save, 'cases' | 'samples'>) => {
    const { revision, text } = await current();
    return api.drafts.save({
      draftId: server.draftId,
      baseRevision: revision,
      text,
      target: 'single_ring',
      layout: {},
      compilerVersion: server.services.compiler.version,
      ...beside,
    });
  };

  it('is saved with the draft: what changed is sent, and the others stay', async () => {
    await saveBeside({ cases, samples });
    expect(await current()).toMatchObject({ cases, samples });
    await saveBeside({});
    expect(await current()).toMatchObject({ cases, samples });
    const two = { ...cases.one, name: 'Large', recordBytes: 4_096 } as const;
    await saveBeside({ cases: { two } });
    expect((await current()).cases).toEqual({ ...cases, two });
    await saveBeside({ cases: { two: null }, samples: { none: null } });
    expect(await current()).toMatchObject({ cases, samples });
  });

  it('is bounded together, not save by save', async () => {
    const { revision } = await current();
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [`more_${at}`, { ...cases.one, name: `${at}` }]),
    );
    expect(await codeOf(saveBeside({ cases: many }))).toBe('draft_beside_too_large');
    expect(await current()).toMatchObject({ cases, revision });
  });

  it('is copied into a version, and changes no hash', async () => {
    await saveBeside({ cases, samples });
    const withCases = await makeVersion(server, PLAN);
    const version = await api.versions.get({ versionId: withCases.versionId });
    expect(version).toMatchObject({ cases, samples, pageCases: [] });
    const { revision } = await current();
    const digest = `sha256:${'1'.repeat(64)}`;
    await saveBeside({ cases: { one: null }, samples: { feed: null } });
    const made = await api.versions.create({
      draftId: server.draftId,
      revision: revision + 1,
      expectedSpecHash: withCases.specHash,
      compilerVersion: server.services.compiler.version,
      pageCases: [{ name: 'Mine', digest, passes: false }],
    });
    expect(made.specHash).toBe(withCases.specHash);
    const bare = await api.versions.get({ versionId: made.versionId });
    expect(bare).toMatchObject({
      cases: {},
      samples: {},
      pageCases: [{ name: 'Mine', digest, passes: false }],
    });
  });
});

const PLAN = 'pipeline p\ningress in\nstage a keep:x\negress out\nin -> a -> out\n';

describe('what a draft is based on', () => {
  const base = async (draftId: string) => (await api.drafts.get({ draftId })).basedOn;
  const named = (name: string) =>
    `pipeline ${name}\ningress in\nstage a keep:x\negress out\nin -> a -> out\n`;

  it('is the version that was last made from it, and another draft’s of the same pipeline is newer', async () => {
    const { environmentId } = await api.drafts.get({ draftId: server.draftId });
    const first = await makeVersion(server, named('based'));
    expect(await base(server.draftId)).toMatchObject({
      id: first.versionId,
      number: first.number,
      newest: { id: first.versionId, createdBy: { name: 'Owner' } },
    });

    const { draftId } = await api.drafts.create({
      environmentId,
      name: 'again',
      text: named('based'),
      basedOn: first.number,
    });
    expect(await base(draftId)).toMatchObject({ number: first.number });
    const second = await makeVersion(server, named('based'));
    expect(await base(draftId)).toMatchObject({
      number: first.number,
      newest: { number: second.number },
    });
    // Versions of one environment may be of several pipelines.
    await makeVersion(server, named('other'));
    expect(await base(draftId)).toMatchObject({ newest: { number: second.number } });

    await api.drafts.rebase({ draftId, version: second.number });
    expect(await base(draftId)).toMatchObject({
      id: second.versionId,
      newest: { id: second.versionId },
    });
    await api.drafts.rebase({ draftId, version: null });
    expect(await base(draftId)).toBeNull();
    await api.drafts.remove({ draftId });
  });

  it('is nothing at first, and never a version that isn’t there', async () => {
    const { environmentId } = await api.drafts.get({ draftId: server.draftId });
    const { draftId } = await api.drafts.create({ environmentId, name: 'new' });
    expect(await base(draftId)).toBeNull();
    expect(await codeOf(api.drafts.rebase({ draftId, version: 9_999 }))).toBe('version_not_found');
    const create = api.drafts.create({ environmentId, name: 'new', basedOn: 9_999 });
    expect(await codeOf(create)).toBe('version_not_found');
    await api.drafts.remove({ draftId });
  });
});

describe('creating a version', () => {
  it('keeps text, layout, spec, hash, diagnostics and compiler', async () => {
    const { versionId, number, specHash } = await makeVersion(server, PLAN);
    const version = await api.versions.get({ versionId });
    expect(version).toMatchObject({
      number,
      specHash,
      text: PLAN,
      pipeline: 'p',
      compilerVersion: server.services.compiler.version,
      diagnostics: [],
      createdBy: { name: 'Owner' },
    });
    expect(version.specKv).toContain('single_ring.stages.0.key=keep:x\n');
    expect(version.describe).not.toBe('');
  });

  it('refuses when the author saw another hash', async () => {
    const draft = await api.drafts.get({ draftId: server.draftId });
    const create = api.versions.create({
      draftId: draft.id,
      revision: draft.revision,
      expectedSpecHash: `sha256:${'0'.repeat(64)}`,
      compilerVersion: server.services.compiler.version,
    });
    expect(await codeOf(create)).toBe('version_hash_mismatch');
  });

  it('refuses a page with another compiler', async () => {
    const draft = await api.drafts.get({ draftId: server.draftId });
    const create = api.versions.create({
      draftId: draft.id,
      revision: draft.revision,
      expectedSpecHash: '',
      compilerVersion: '0.0.0',
    });
    expect(await codeOf(create)).toBe('compiler_version_mismatch');
  });

  it('refuses a draft that was saved again meanwhile', async () => {
    const draft = await api.drafts.get({ draftId: server.draftId });
    await save(draft.revision, PLAN);
    const create = api.versions.create({
      draftId: draft.id,
      revision: draft.revision,
      expectedSpecHash: '',
      compilerVersion: server.services.compiler.version,
    });
    expect(await codeOf(create)).toBe('draft_revision_stale');
  });

  it('refuses a plan with errors', async () => {
    expect(await codeOf(makeVersion(server, 'pipeline p\nstage a keep:(\n'))).toBe(
      'draft_has_errors',
    );
  });

  it('numbers versions of one environment without gaps or repeats, also at once', async () => {
    await makeVersion(server, PLAN);
    const draft = await api.drafts.get({ draftId: server.draftId });
    const { report } = server.services.compiler.compile(PLAN, 'single_ring');
    const made = await Promise.all(
      Array.from({ length: 4 }, () =>
        api.versions.create({
          draftId: draft.id,
          revision: draft.revision,
          expectedSpecHash: report?.spec_hash ?? '',
          compilerVersion: server.services.compiler.version,
        }),
      ),
    );
    const numbers = made.map((one) => one.number).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  });

  it('never changes one afterwards', async () => {
    const db = server.services.database.client;
    await expect(db.version.updateMany({ data: { name: 'other' } })).rejects.toThrow(/immutable/);
  });

  it('promotes the same text with the same hash', async () => {
    const { versionId, specHash } = await makeVersion(server, PLAN);
    const promoted = await api.versions.promote({ versionId, environmentId: server.production.id });
    expect(promoted).toMatchObject({ number: 1, specHash });
    expect(await api.versions.get({ versionId: promoted.versionId })).toMatchObject({
      text: PLAN,
      promotedFrom: { versionId, environmentName: 'development' },
    });
    expect(
      await codeOf(api.versions.promote({ versionId, environmentId: server.development.id })),
    ).toBe('promotion_same_environment');
  });
});

describe('a config bundle', () => {
  it('names each problem with its field', async () => {
    const { versionId } = await makeVersion(server, PLAN);
    const environmentId = server.development.id;
    const { config } = await api.bundles.suggest({ environmentId, versionId });
    const create = api.bundles.create({
      environmentId,
      versionId,
      name: 'b',
      config: { ...config, ingress: { ...config.ingress, path: 'relative' } },
    });
    await expect(create).rejects.toMatchObject({
      cause: { code: 'E_CONFIG_PATH', args: { issues: [{ field: 'ingress.path' }] } },
    });
  });

  it("must have its environment's posture", async () => {
    const { versionId } = await makeVersion(server, PLAN);
    const environmentId = server.development.id;
    const { config } = await api.bundles.suggest({ environmentId, versionId });
    const create = api.bundles.create({
      environmentId,
      versionId,
      name: 'b',
      config: { ...config, posture: 'prod' },
    });
    expect(await codeOf(create)).toBe('bundle_posture_mismatch');
  });

  it('is saved on its revision, and refuses a stale one', async () => {
    const { versionId } = await makeVersion(server, PLAN);
    const { bundleId } = await makeBundle(server, server.development.id, versionId);
    const bundle = await api.bundles.get({ bundleId });
    const update = (baseRevision: number) =>
      api.bundles.update({
        bundleId,
        baseRevision,
        name: 'c',
        config: { ...bundle.config, record: { slot_bytes: 1024 } },
      });
    const { digest } = await update(1);
    expect(digest).not.toBe(bundle.digest);
    expect(await codeOf(update(1))).toBe('bundle_revision_stale');
  });
});

describe('looking at a saved draft', () => {
  it('counts its problems in the background', async () => {
    await api.drafts.save({
      draftId: server.draftId,
      baseRevision: (await api.drafts.get({ draftId: server.draftId })).revision,
      text: 'pipeline p\nstage a keep:(\n',
      target: 'single_ring',
      layout: {},
      compilerVersion: server.services.compiler.version,
    });
    const { ingestSpec } = await import('../jobs/spec-ingest.ts');
    await ingestSpec(server.services, { orgId: server.org.id, draftId: server.draftId });
    const [draft] = await api.drafts.list({ environmentId: server.development.id });
    expect(draft?.checked?.errors).toBeGreaterThan(0);
  });
});

describe('a suggested config bundle', () => {
  it("reads the sample input that stands in the folder of the install's own agents", async () => {
    const { services } = server;
    const folder = localFilesFolder(services.config.dataDir);
    await mkdir(folder, { recursive: true });
    await writeSampleInput(folder);
    const environment = await services.database.client.environment.findUniqueOrThrow({
      where: { id: server.production.id },
    });
    const { versionId } = await makeVersion(server, PLAN);
    const agent = await services.database.client.agent.create({
      data: {
        id: uuidv7(),
        orgId: environment.orgId,
        environmentId: server.development.id,
        name: 'local',
        hostName: 'here',
        agentVersion: '0.1.0',
        protocolVersion: 1,
        specFeatures: [],
        allowedRoots: [folder],
        runtimeKeyHash: 'none',
        enrolledAt: new Date(),
      },
    });
    await services.database.client.configBundle.deleteMany({
      where: { environmentId: server.development.id },
    });
    const { config } = await api.bundles.suggest({
      environmentId: server.development.id,
      versionId,
    });
    expect(config.ingress).toMatchObject({ path: join(folder, 'orders.log') });
    await services.database.client.agent.delete({ where: { id: agent.id } });
  });

  it('is the earlier one with placeholders for the boundaries of another version, also on the network', async () => {
    const environmentId = server.development.id;
    const text = (ins: string[]) =>
      [
        'pipeline ways',
        ...ins.map((id) => `ingress ${id}`),
        ...ins.map((id) => `stage s_${id} keep:x`),
        ...ins.map((id) => `egress to_${id}`),
        ...ins.map((id) => `${id} -> s_${id} -> to_${id}`),
        '',
      ].join('\n');
    const one = text(['east']);
    const { draftId } = await api.drafts.create({
      environmentId,
      name: 'ways',
      text: one,
      target: 'lane_graph',
    });
    const versionOf = async (plan: string, revision: number) =>
      api.versions.create({
        draftId,
        revision,
        expectedSpecHash:
          server.services.compiler.compile(plan, 'lane_graph').report?.spec_hash ?? '',
        compilerVersion: server.services.compiler.version,
      });
    const { versionId } = await versionOf(one, 1);
    const { config } = await api.bundles.suggest({ environmentId, versionId });
    const from = {
      kind: 'redis' as const,
      url: 'redis://127.0.0.1:6379',
      stream: 'orders',
      group: 'byteor',
      consumer: 'byteor',
      start: 'start' as const,
      batch_records: 100,
      in_flight_bytes: 65536,
      timeout_seconds: 5,
      claim_after_seconds: 60,
      field: 'record',
    };
    await api.bundles.create({
      environmentId,
      versionId,
      name: 'ways',
      config: { ...config, ingress: from },
    });
    const two = text(['east', 'west']);
    const { revision } = await api.drafts.save({
      draftId,
      baseRevision: 1,
      text: two,
      target: 'lane_graph',
      layout: {},
      compilerVersion: server.services.compiler.version,
    });
    const later = await versionOf(two, revision);
    const suggested = await api.bundles.suggest({ environmentId, versionId: later.versionId });
    expect(suggested.config.ingress).toEqual({
      ...from,
      stream: 'orders_{boundary}',
    });
    expect(suggested.config.egress).toMatchObject({
      path: expect.stringMatching(/-\{boundary\}\.log$/u),
    });
    // It is one that can be kept.
    await api.bundles.create({ environmentId, versionId: later.versionId, ...suggested });
  });
});

describe('an environment', () => {
  it('is never named as another of its project', async () => {
    const renamed = api.environments.update({
      environmentId: server.production.id,
      name: 'development',
    });
    expect(await codeOf(renamed)).toBe('environment_name_taken');
    const kept = await api.environments.update({
      environmentId: server.production.id,
      name: 'production',
    });
    expect(kept.name).toBe('production');
  });
});
