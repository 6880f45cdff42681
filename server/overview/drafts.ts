/** The drafts that were worked on last, with what stands against making a version of them. */
import { emptyAmong } from '../drafts/empty-drafts.ts';
import { namesOf } from '../members/names.ts';
import type { Prisma } from '../db/generated/client.ts';
import type { Db } from '../providers/database.ts';

/** The page says how many there are beside. */
const SHOWN = 6;

export async function draftsOf(db: Db, where: Prisma.DraftWhereInput) {
  const rows = await db.draft.findMany({
    where,
    orderBy: { updatedAt: 'desc' },
    take: SHOWN,
    omit: { text: true, layout: true, cases: true, samples: true },
    include: { environment: { select: { name: true } } },
  });
  const bases = await db.version.findMany({
    where: { id: { in: rows.flatMap((row) => row.basedOnId ?? []) } },
    select: { id: true, number: true, pipeline: true, environmentId: true },
  });
  const baseOf = new Map(bases.map((base) => [base.id, base]));
  const newest = await db.version.groupBy({
    by: ['environmentId', 'pipeline'],
    where: { environmentId: { in: bases.map((base) => base.environmentId) } },
    _max: { number: true },
  });
  const names = await namesOf(
    db,
    rows.map((row) => row.updatedBy),
  );
  const empty = await emptyAmong(
    db,
    rows.map(({ id }) => id),
  );
  return {
    total: await db.draft.count({ where }),
    shown: rows.map((row) => {
      const base = baseOf.get(row.basedOnId ?? '');
      const last = newest.find(
        (one) => one.environmentId === base?.environmentId && one.pipeline === base?.pipeline,
      );
      return {
        id: row.id,
        /** Nothing is written in it. */
        empty: empty.has(row.id),
        name: row.name,
        environment: { id: row.environmentId, name: row.environment.name },
        target: row.target as 'single_ring' | 'lane_graph',
        /** null until the server has looked at this revision. */
        checked:
          row.ingestedRevision === row.revision
            ? { errors: row.errorCount ?? 0, warnings: row.warningCount ?? 0 }
            : null,
        /** The version that it is based on, and the newest of the same pipeline beside it. */
        basedOn: base ? { number: base.number, newest: last?._max.number ?? base.number } : null,
        updatedBy: names(row.updatedBy),
        updatedAt: row.updatedAt.toISOString(),
      };
    }),
  };
}
