import { z } from 'zod';
import type { Json } from '../domain/digests/canonical-json.ts';
import { id, type KeptCases, type KeptSamples } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import type { Diagnostic } from '../../src/lib/compiler/types.ts';
import type { CaseFinding, PageCase } from '../case-findings.ts';
import { findVersion, versionScope } from './find-version.ts';

/** One version, whole. */
export const getVersion = operation({
  kind: 'read',
  name: 'version.get',
  input: z.object({ versionId: id }),
  thing: ({ db, caller, input }) => findVersion(db, caller, input.versionId),
  scope: versionScope,
  needs: 'ViewEnvironment',
  async run({ db, thing: row }) {
    const source = row.promotedFrom
      ? await db.version.findFirst({
          where: { id: row.promotedFrom, orgId: row.orgId },
          include: { environment: { select: { name: true } } },
        })
      : null;
    const run = await db.caseRun.findFirst({ where: { versionId: row.id, orgId: row.orgId } });
    const names = await namesOf(db, [row.createdBy]);
    return {
      id: row.id,
      number: row.number,
      environmentId: row.environmentId,
      environment: {
        id: row.environment.id,
        name: row.environment.name,
        posture: row.environment.posture as 'dev' | 'staging' | 'prod',
      },
      projectId: row.environment.projectId,
      orgId: row.orgId,
      name: row.name,
      text: row.text,
      target: row.target as 'single_ring' | 'lane_graph',
      layout: row.layout as { [key: string]: Json },
      cases: row.cases as KeptCases,
      samples: row.samples as KeptSamples,
      pageCases: row.pageCases as unknown as PageCase[],
      /** null: the server hasn't run them yet, or there are none. */
      caseRun: run && {
        ranAt: run.ranAt.toISOString(),
        tookMs: run.tookMs,
        findings: run.outcomes as unknown as CaseFinding[],
      },
      specKv: row.specKv,
      specHash: row.specHash,
      describe: row.describe,
      diagnostics: row.diagnostics as unknown as Diagnostic[],
      compilerVersion: row.compilerVersion,
      capabilities: row.capabilities,
      pipeline: row.pipeline,
      createdBy: names(row.createdBy),
      createdAt: row.createdAt.toISOString(),
      draftId: row.draftId,
      promotedFrom: source
        ? { versionId: source.id, number: source.number, environmentName: source.environment.name }
        : null,
    };
  },
});
