import { recordAudit } from '../audit/record.ts';
import { AGENT_SCOPES } from '../domain/agents/scopes.ts';
import { HEARTBEAT_MILLIS } from '../domain/agents/status.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { refuseEnrollment, type EnrollmentRefusal } from '../domain/tokens/enrollment.ts';
import { hashToken, newToken } from '../ids/token.ts';
import { ByteorError } from '../errors.ts';
import { bearerOf } from '../http/bearer.ts';
import type { Services } from '../services.ts';
import type { Db } from '../providers/database.ts';
import type { EnrollBody } from './protocol.ts';

const WORDS: Record<EnrollmentRefusal, string> = {
  enrollment_token_unknown: 'This enrollment token is not known here.',
  enrollment_token_used: 'This enrollment token was used already.',
  enrollment_token_expired: 'This enrollment token has expired.',
  enrollment_token_revoked: 'This enrollment token was revoked.',
  enrollment_token_wrong_environment: 'This enrollment token is for another environment.',
};

/** Agents that an environment takes in a minute, over all processes: a leaked token opens no flood. */
export const ENROLMENTS_PER_MINUTE = 30;
const MINUTE = 60_000;

interface EnrollPath {
  orgId: string;
  projectId: string;
  environmentId: string;
}

/** Registers an agent with a single-use token; the runtime key is in the answer and nowhere else. */
export async function enrollAgent(
  services: Services,
  authorization: string | undefined,
  path: EnrollPath,
  body: EnrollBody,
) {
  const { database, clock, signer, live } = services;
  const token = bearerOf(authorization);
  const now = clock.now();
  const agentId = uuidv7();
  const runtimeKey = newToken('runtime');
  const outcome = await database.transact(async (db) => {
    const row = token
      ? await db.enrollmentToken.findUnique({
          where: { tokenHash: hashToken(token) },
          include: { environment: true },
        })
      : null;
    const samePath = row?.orgId === path.orgId && row.environment.projectId === path.projectId;
    const refusal = refuseEnrollment(row, samePath ? path.environmentId : '', now);
    if (refusal || !row) return { refusal: refusal ?? ('enrollment_token_unknown' as const), row };
    await throttle(db, row.environmentId, now);
    // Spent here and now: of two agents with one token, the second finds it used.
    const { count } = await db.enrollmentToken.updateMany({
      where: { id: row.id, orgId: row.orgId, usedAt: null, revokedAt: null },
      data: { usedAt: now, usedByAgentId: agentId },
    });
    if (count === 0) return { refusal: 'enrollment_token_used' as const, row };
    const name = await freeName(db, row.environmentId, body.name ?? body.host_name ?? 'agent');
    await db.agent.create({
      data: {
        id: agentId,
        orgId: row.orgId,
        environmentId: row.environmentId,
        name,
        hostName: body.host_name ?? '',
        agentVersion: body.agent_version,
        protocolVersion: body.protocol_version,
        specFeatures: body.spec_features,
        statementVersions: body.statement_versions,
        allowedRoots: body.allowed_roots,
        runtimeKeyHash: hashToken(runtimeKey),
        scopes: [...AGENT_SCOPES],
        enrolledAt: now,
      },
    });
    await recordAudit(db, now, {
      orgId: row.orgId,
      projectId: row.environment.projectId,
      environmentId: row.environmentId,
      actor: { kind: 'agent', id: agentId, name },
      action: 'agent.enroll',
      outcome: 'succeeded',
      resource: { kind: 'agent', id: agentId, name },
      detail: {
        host_name: body.host_name ?? null,
        token_id: row.id,
        allowed_roots: body.allowed_roots,
      },
    });
    await live.publish(
      db,
      { type: 'agent', id: agentId, orgId: row.orgId, environmentId: row.environmentId },
      now,
    );
    return { refusal: null, row, name, keySet: await signer.keySet(db, row.orgId) };
  });

  if (outcome.refusal) {
    if (outcome.row) {
      await recordAudit(database.client, now, {
        orgId: outcome.row.orgId,
        projectId: outcome.row.environment.projectId,
        environmentId: outcome.row.environmentId,
        actor: { kind: 'agent', id: null, name: body.name ?? body.host_name ?? 'agent' },
        action: 'agent.enroll',
        outcome: 'denied',
        resource: { kind: 'enrollment_token', id: outcome.row.id },
        detail: { code: outcome.refusal },
      });
    }
    throw new ByteorError(
      outcome.refusal === 'enrollment_token_wrong_environment' ? 403 : 401,
      outcome.refusal,
      WORDS[outcome.refusal],
      { help: 'Make a new token on the page of the environment; it works once, within an hour.' },
    );
  }
  return {
    agent_id: agentId,
    name: outcome.name,
    runtime_key: runtimeKey,
    scopes: [...AGENT_SCOPES] as string[],
    org_id: outcome.row.orgId,
    project_id: outcome.row.environment.projectId,
    environment_id: outcome.row.environmentId,
    posture: outcome.row.environment.posture as 'dev' | 'staging' | 'prod',
    key_set: outcome.keySet,
    heartbeat_interval_ms: HEARTBEAT_MILLIS,
  };
}

/** The wished name, with a number behind it when it is taken in the environment. */
async function freeName(db: Db, environmentId: string, wished: string): Promise<string> {
  const base = wished.slice(0, 110).toWellFormed();
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? base : `${base}-${number}`;
    const taken = await db.agent.findUnique({
      where: { environmentId_name: { environmentId, name } },
      select: { id: true },
    });
    if (!taken) return name;
  }
}

/** Counted where a token is right: nobody without one spends the environment's budget. */
async function throttle(db: Db, environmentId: string, now: Date): Promise<void> {
  const since = new Date(now.getTime() - MINUTE);
  const newest = await db.agent.findMany({
    where: { environmentId, enrolledAt: { gt: since } },
    orderBy: { enrolledAt: 'desc' },
    take: ENROLMENTS_PER_MINUTE,
    select: { enrolledAt: true },
  });
  const oldest = newest[ENROLMENTS_PER_MINUTE - 1];
  if (!oldest) return;
  const retryAfterSeconds = Math.ceil((oldest.enrolledAt.getTime() - since.getTime()) / 1000);
  throw new ByteorError(
    429,
    'enrollment_throttled',
    `The environment took ${ENROLMENTS_PER_MINUTE} agents within a minute.`,
    {
      help: `Try again in ${retryAfterSeconds} s; the token isn't spent.`,
      args: { limit: ENROLMENTS_PER_MINUTE, retryAfterSeconds },
    },
  );
}
