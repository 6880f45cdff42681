import type { EnvironmentRow } from '../scopes.ts';
import type { PageCase } from '../case-findings.ts';
import type { Prisma } from '../db/generated/client.ts';
import { uuidv7 } from '../ids/uuid.ts';
import type { AuditOf } from '../operation.ts';
import type { JobQueue } from '../jobs/queue.ts';
import type { Db } from '../providers/database.ts';
import type { ExecutionTarget } from '../../src/lib/compiler/types.ts';
import type { CompiledPlan } from './compile-version.ts';

interface NewVersion {
  name: string;
  text: string;
  target: ExecutionTarget;
  layout: Prisma.InputJsonValue;
  cases: Prisma.InputJsonObject;
  samples: Prisma.InputJsonValue;
  pageCases: PageCase[];
  compiled: CompiledPlan;
  compilerVersion: string;
  draft: { id: string; revision: number } | null;
  promotedFrom: string | null;
  createdBy: string;
  /** Who wrote the draft that it is made from; of a promoted one the version that it was says so. */
  writers: readonly string[];
}

interface StoredVersion {
  versionId: string;
  number: number;
  name: string;
  specHash: string;
  compilerVersion: string;
}

/**
 * Writes a version under its environment's next number, and has its cases run; call it inside a
 * transaction.
 */
export async function storeVersion(
  { jobs }: { jobs: JobQueue },
  db: Db,
  environment: EnvironmentRow,
  version: NewVersion,
  now: Date,
): Promise<StoredVersion> {
  const counted = await db.environment.update({
    where: { id: environment.id, orgId: environment.orgId },
    data: { nextVersionNumber: { increment: 1 } },
    select: { nextVersionNumber: true },
  });
  const number = counted.nextVersionNumber - 1;
  const versionId = uuidv7();
  const { name, compiled, compilerVersion } = version;
  await db.version.create({
    data: {
      id: versionId,
      orgId: environment.orgId,
      environmentId: environment.id,
      number,
      name,
      text: version.text,
      target: version.target,
      layout: version.layout,
      cases: version.cases,
      samples: version.samples,
      pageCases: version.pageCases as unknown as Prisma.InputJsonValue,
      specKv: compiled.specKv,
      specHash: compiled.specHash,
      describe: compiled.describe,
      diagnostics: compiled.diagnostics as unknown as Prisma.InputJsonValue,
      capabilities: compiled.capabilities,
      features: compiled.features,
      pipeline: compiled.pipeline,
      compilerVersion,
      draftId: version.draft?.id ?? null,
      draftRevision: version.draft?.revision ?? null,
      promotedFrom: version.promotedFrom,
      createdBy: version.createdBy,
      writers: [...version.writers],
      createdAt: now,
    },
  });
  if (Object.keys(version.cases).length > 0) {
    await jobs.enqueue(db, 'case_run', { orgId: environment.orgId, versionId }, versionId);
  }
  if (version.draft) {
    await db.draft.updateMany({
      where: { id: version.draft.id, orgId: environment.orgId },
      data: { basedOnId: versionId },
    });
  }
  return { versionId, number, name, specHash: compiled.specHash, compilerVersion };
}

/** The audit's record of a new version. */
export function recordOf(version: StoredVersion, promotedFrom?: string): AuditOf {
  const { versionId, number, name, specHash, compilerVersion } = version;
  return {
    resource: { kind: 'version', id: versionId, name: `${name} v${number}` },
    detail: {
      number,
      spec_hash: specHash,
      compiler_version: compilerVersion,
      ...(promotedFrom ? { promoted_from: promotedFrom } : {}),
    },
  };
}
