/**
 * What people did about a deployment without moving it to another state: part of its story too. They
 * are read from the audit, which keeps them for ever.
 */
import type { AuditRecord } from '../db/generated/client.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import type { Db } from '../providers/database.ts';

/** Such an action, and how its record tells which deployments it was about. */
const ABOUT: Record<string, (record: Told) => unknown> = {
  'approval.yes': ({ detail }) => detail['deployment_id'],
  'approval.take_back': ({ detail }) => detail['deployment_id'],
  // Of what is active: nothing further is run by it.
  'approval.revoke_grant': ({ detail }) => detail['deployment_id'],
  'approval.review_break_glass': ({ detail }) => detail['deployment_id'],
  'deployment.go_on': ({ resourceId }) => resourceId,
  'deployment.leave': ({ resourceId }) => resourceId,
  'deployment.roll_back': ({ resourceId }) => resourceId,
  'agent.try_now': ({ detail }) => detail['deployment_id'],
  'slot.stop': ({ detail }) => detail['deployments'],
  'slot.resume': ({ detail }) => detail['deployments'],
  // Whoever took part in it: it goes on without that one.
  'agent.decommission': ({ resourceId }) => resourceId,
};
export const ACTS = Object.keys(ABOUT);

interface Told {
  resourceId: string | null;
  detail: { [key: string]: Json };
}

interface Of {
  id: string;
  orgId: string;
  environmentId: string;
  createdAt: Date;
  supersededAt: Date | null;
  approval: { id: string } | null;
  agents: readonly { agentId: string }[];
  transitions: readonly { at: Date; actorId: string | null }[];
}

/** The acts of people, oldest first. */
export async function actsOn(db: Db, deployment: Of) {
  const { id, orgId, environmentId, createdAt, supersededAt } = deployment;
  const agentIds = deployment.agents.map((part) => part.agentId);
  const records = await db.auditRecord.findMany({
    where: {
      orgId,
      // A slot is known by its environment.
      resourceId: {
        in: [
          id,
          environmentId,
          ...agentIds,
          ...(deployment.approval ? [deployment.approval.id] : []),
        ],
      },
      action: { in: ACTS },
      outcome: { in: ['allowed', 'succeeded'] },
      at: { gte: createdAt, ...(supersededAt ? { lte: supersededAt } : {}) },
    },
    orderBy: { id: 'asc' },
  });
  return records
    .filter((record) => isAbout(record, deployment) && !moved(record, deployment))
    .map(actView);
}

/** What brought it to another state is told by that. */
function moved({ at, actorId }: AuditRecord, { transitions }: Of): boolean {
  return transitions.some((step) => step.at.getTime() === at.getTime() && step.actorId === actorId);
}

function isAbout(record: AuditRecord, { id, agents }: Of): boolean {
  const detail = record.detail as Told['detail'];
  const about = ABOUT[record.action]?.({ resourceId: record.resourceId, detail });
  if (record.action === 'agent.decommission') return agents.some((part) => part.agentId === about);
  return Array.isArray(about) ? about.includes(id) : about === id;
}

const words = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;
const count = (value: unknown): number | null => (typeof value === 'number' ? value : null);

function actView(record: AuditRecord) {
  const detail = record.detail as Told['detail'];
  return {
    id: record.id,
    at: record.at.toISOString(),
    action: record.action,
    actor: { kind: record.actorKind, id: record.actorId, name: record.actorName },
    /** The agent that it was done to, as it was called then. */
    agentName: record.resourceKind === 'agent' ? record.resourceName : null,
    reason: words(detail['reason']) ?? words(detail['comment']),
    verdict: words(detail['verdict']),
    yeses: count(detail['yeses']),
    quorum: count(detail['quorum']),
  };
}
