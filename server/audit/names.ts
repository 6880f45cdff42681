/** What the ids are called that audit records speak of, looked up when they are read: what is kept stays. */
import type { AuditRecord } from '../db/generated/client.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import type { Db } from '../providers/database.ts';

/** An id, alone or as an approval's issuer writes it. */
const UUID = /^(?:user:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** People's own words: an id that somebody writes there is looked up for nobody. */
const WORDS = new Set(['reason', 'comment', 'before', 'after']);

/** Names by id; what is gone, or never was a row, has none. */
export async function namesIn(
  db: Db,
  rows: readonly AuditRecord[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set<string>();
  for (const row of rows) {
    collect(row.resourceId, ids);
    collect(row.detail as Json, ids);
  }
  if (ids.size === 0) return new Map();
  const id = { in: [...ids] };
  // Of the records' own organizations: what they speak of is nowhere else.
  const where = { orgId: { in: [...new Set(rows.map((row) => row.orgId))] }, id };
  const named = { id: true, name: true } as const;
  const numbered = { ...named, number: true } as const;
  const deployed = { id: true, slot: true, version: { select: { number: true } } } as const;
  const deployments = await db.deployment.findMany({ where, select: deployed });
  const approvals = await db.approval.findMany({
    where,
    select: { id: true, deployment: { select: deployed } },
  });
  const versions = await db.version.findMany({ where, select: numbered });
  const bundles = await db.configBundle.findMany({ where, select: numbered });
  const agents = await db.agent.findMany({ where, select: named });
  const users = await db.user.findMany({ where: { id }, select: named });
  return new Map([
    ...deployments.map((one) => [one.id, deploymentName(one)] as const),
    ...approvals.map((one) => [one.id, deploymentName(one.deployment)] as const),
    ...versions.map((one) => [one.id, `v${one.number} ${one.name}`] as const),
    ...bundles.map((one) => [one.id, `bundle ${one.number}, ${one.name}`] as const),
    ...[...agents, ...users].map((one) => [one.id, one.name] as const),
  ]);
}

/** Slot and version, for a slot alone is many deployments. */
const deploymentName = (one: { slot: string; version: { number: number } }) =>
  `${one.slot} v${one.version.number}`;

function collect(value: Json, into: Set<string>): void {
  if (typeof value === 'string') {
    const id = UUID.exec(value)?.[1];
    if (id) into.add(id);
  } else if (value !== null && typeof value === 'object') {
    for (const [key, part] of Object.entries(value)) if (!WORDS.has(key)) collect(part, into);
  }
}

/** The names of what one record's detail speaks of, by id. */
export function namesOfDetail(
  detail: Json,
  names: ReadonlyMap<string, string>,
): Record<string, string> {
  const ids = new Set<string>();
  collect(detail, ids);
  return Object.fromEntries(
    [...ids].flatMap((id) => {
      const name = names.get(id);
      return name === undefined ? [] : [[id, name]];
    }),
  );
}
