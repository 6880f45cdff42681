/** Writes audit records: who did what, on which scope, with which outcome, when. */
import { uuidv7 } from '../ids/uuid.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import type { Db } from '../providers/database.ts';

type ActorKind = 'user' | 'policy' | 'agent' | 'job' | 'timer' | 'system';

export interface Actor {
  kind: ActorKind;
  id: string | null;
  name: string;
}

export interface AuditEntry {
  orgId: string;
  projectId?: string | null;
  environmentId?: string | null;
  actor: Actor;
  /** `noun.verb`, for example `deployment.create`. */
  action: string;
  outcome: 'allowed' | 'denied' | 'succeeded' | 'failed';
  resource: { kind: string; id: string | null; name?: string | null };
  detail?: { [key: string]: Json };
}

/** Call it in the transaction of the step that it records: either both are kept or neither. */
export async function recordAudit(db: Db, now: Date, entry: AuditEntry): Promise<void> {
  await db.auditRecord.create({
    data: {
      id: uuidv7(),
      orgId: entry.orgId,
      projectId: entry.projectId ?? null,
      environmentId: entry.environmentId ?? null,
      at: now,
      actorKind: entry.actor.kind,
      actorId: entry.actor.id,
      actorName: entry.actor.name,
      action: entry.action,
      outcome: entry.outcome,
      resourceKind: entry.resource.kind,
      resourceId: entry.resource.id,
      resourceName: entry.resource.name ?? null,
      detail: entry.detail ?? {},
    },
  });
}
