import { uuidv7 } from '../ids/uuid.ts';
import { recordAudit, type Actor } from '../audit/record.ts';
import type { EnvironmentRow } from '../authorize.ts';
import type { Db } from '../providers/database.ts';
import type { ExecutionTarget } from '../providers/compiler.ts';
import type { Services } from '../services.ts';
import type { CompiledPlan } from './compile-version.ts';
import type { Prisma } from '../db/generated/client.ts';

export interface NewVersion {
  name: string;
  text: string;
  target: ExecutionTarget;
  layout: Prisma.InputJsonValue;
  compiled: CompiledPlan;
  draft: { id: string; revision: number } | null;
  promotedFrom: string | null;
}

/** Writes a version under its environment's next number; call it inside a transaction. */
export async function storeVersion(
  services: Services,
  db: Db,
  environment: EnvironmentRow,
  actor: Actor & { id: string },
  version: NewVersion,
  now: Date,
): Promise<{ versionId: string; number: number }> {
  const counted = await db.environment.update({
    where: { id: environment.id, orgId: environment.orgId },
    data: { nextVersionNumber: { increment: 1 } },
    select: { nextVersionNumber: true },
  });
  const number = counted.nextVersionNumber - 1;
  const versionId = uuidv7();
  const { compiled } = version;
  await db.version.create({
    data: {
      id: versionId,
      orgId: environment.orgId,
      environmentId: environment.id,
      number,
      name: version.name,
      text: version.text,
      target: version.target,
      layout: version.layout,
      specKv: compiled.specKv,
      specHash: compiled.specHash,
      describe: compiled.describe,
      diagnostics: compiled.diagnostics as unknown as Prisma.InputJsonValue,
      capabilities: compiled.capabilities,
      features: compiled.features,
      pipeline: compiled.pipeline,
      compilerVersion: services.compiler.version,
      draftId: version.draft?.id ?? null,
      draftRevision: version.draft?.revision ?? null,
      promotedFrom: version.promotedFrom,
      createdBy: actor.id,
      createdAt: now,
    },
  });
  await recordAudit(db, now, {
    orgId: environment.orgId,
    projectId: environment.projectId,
    environmentId: environment.id,
    actor,
    action: version.promotedFrom ? 'version.promote' : 'version.create',
    outcome: 'succeeded',
    resource: { kind: 'version', id: versionId, name: `${version.name} v${number}` },
    detail: {
      number,
      spec_hash: compiled.specHash,
      compiler_version: services.compiler.version,
      ...(version.promotedFrom ? { promoted_from: version.promotedFrom } : {}),
    },
  });
  await services.live.publish(
    db,
    { type: 'version', id: versionId, orgId: environment.orgId, environmentId: environment.id },
    now,
  );
  return { versionId, number };
}
