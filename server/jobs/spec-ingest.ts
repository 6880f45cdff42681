/** `spec_ingest`: parse and validate a draft as it stands, for lists and badges. */
import type { ExecutionTarget } from '../../src/lib/compiler/types.ts';
import type { Services } from '../services.ts';
import type { JobPayloads } from './queue.ts';

export async function ingestSpec(
  services: Services,
  payload: JobPayloads['spec_ingest'],
): Promise<void> {
  const { database, compiler, live, clock } = services;
  const draft = await database.client.draft.findFirst({
    where: { id: payload.draftId, orgId: payload.orgId },
  });
  // Deleted, or another worker was faster: nothing to do.
  if (!draft || draft.ingestedRevision === draft.revision) return;
  const answer = compiler.compile(draft.text, draft.target as ExecutionTarget);
  const count = (severity: string) =>
    answer.diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  await database.transact(async (db) => {
    const { count: changed } = await db.draft.updateMany({
      where: { id: draft.id, orgId: draft.orgId, revision: draft.revision },
      data: {
        ingestedRevision: draft.revision,
        errorCount: count('error'),
        warningCount: count('warning'),
        specHash: answer.report?.spec_hash ?? null,
      },
    });
    if (changed === 0) return;
    await live.publish(
      db,
      {
        type: 'draft',
        id: draft.id,
        orgId: draft.orgId,
        environmentId: draft.environmentId,
        revision: draft.revision,
      },
      clock.now(),
    );
  });
}
