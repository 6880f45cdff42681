/** `case_run`: runs the cases of a version once, and keeps what came of each. */
import type { Prisma } from '../db/generated/client.ts';
import { sha256 } from '../domain/digests/sha256.ts';
import { digestedText } from '../../src/lib/cases/digest.ts';
import type { ExecutionTarget } from '../../src/lib/compiler/types.ts';
import { readCases } from '../../src/lib/document/cases.ts';
import type { CaseFinding } from '../case-findings.ts';
import type { Services } from '../services.ts';
import type { JobPayloads } from './queue.ts';

export async function runCases(
  { database, compiler, cases: runner, live, clock }: Services,
  { orgId, versionId }: JobPayloads['case_run'],
): Promise<void> {
  const version = await database.client.version.findFirst({
    where: { id: versionId, orgId },
    include: { caseRun: { select: { ranAt: true } } },
  });
  // Deleted, or another worker was faster: nothing to do.
  if (!version || version.caseRun) return;
  const target = version.target as ExecutionTarget;
  const { graph } = compiler.compile(version.text, target);
  const cases = Object.entries(readCases(version.cases));
  const started = clock.now();
  const outcomes = await runner.run(
    version.specKv,
    { target, boundaries: graph.boundaries, connections: graph.connections },
    cases.map(([, one]) => one),
  );
  const ranAt = clock.now();
  const findings = cases.flatMap(([id, one], index): CaseFinding[] => {
    const outcome = outcomes[index];
    return outcome ? [{ id, name: one.name, digest: sha256(digestedText(one)), outcome }] : [];
  });
  await database.transact(async (db) => {
    const { count } = await db.caseRun.createMany({
      data: {
        versionId,
        orgId,
        outcomes: findings as unknown as Prisma.InputJsonValue,
        ranAt,
        tookMs: Math.max(0, ranAt.getTime() - started.getTime()),
      },
      skipDuplicates: true,
    });
    if (count === 0) return;
    const { environmentId } = version;
    await live.publish(db, { type: 'version', id: versionId, orgId, environmentId }, ranAt);
  });
}
