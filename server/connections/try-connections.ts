import { z } from 'zod';
import { configBundle } from '../bundles/config.ts';
import { encodeConfig } from '../bundles/encode-config.ts';
import { agentStatus } from '../domain/agents/status.ts';
import { dsseEnvelope, preAuthEncoding } from '../domain/credentials/manifest.ts';
import { TRIAL_TYPE, TRIAL_VERSION, trialPayload } from '../domain/credentials/trial.ts';
import { conflict, notFound } from '../errors.ts';
import { uuidv7 } from '../ids/uuid.ts';
import { id } from '../inputs.ts';
import { rateLimited } from '../limits/limits.ts';
import { operation } from '../operation.ts';
import type { Db } from '../providers/database.ts';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { BEGINS_WITHIN_MILLIS, KEPT_MILLIS } from './trial.ts';

/** One at a time for each agent. */
async function refuseSecond(db: Db, agent: { id: string; orgId: string; name: string }, now: Date) {
  const asked = await db.connectionTrial.findFirst({
    where: { orgId: agent.orgId, agentId: agent.id, answeredAt: null, expiresAt: { gt: now } },
    select: { id: true },
  });
  if (asked) {
    throw conflict('trial_under_way', `${agent.name} tries other connections.`, {
      help: 'Try again when it has answered; it does one trial at a time.',
    });
  }
}

/**
 * Asks an agent to reach both sides of a config as it would run here, step by step. Nobody approves it:
 * the agent holds it to what its host's owner allows, and sends a secret only to where an approved
 * bundle of its own sent the same one.
 */
export const tryConnections = operation({
  kind: 'change',
  name: 'connection.try',
  input: z.object({ environmentId: id, versionId: id, agentId: id, config: configBundle }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, input, thing: environment, now }) {
    const { orgId, projectId, id: environmentId } = environment;
    const version = await db.version.findFirst({
      where: { id: input.versionId, orgId, environmentId },
      select: { id: true, specKv: true },
    });
    if (!version) throw notFound('version');
    const agent = await db.agent.findFirst({
      where: { id: input.agentId, orgId, environmentId, decommissionedAt: null },
    });
    if (!agent) throw notFound('agent');
    if (agentStatus(agent, now) !== 'online') {
      throw conflict('agent_offline', `${agent.name} isn’t online.`, {
        help: 'Start it, or try from another agent of the environment.',
      });
    }
    if (!agent.trialVersions.includes(TRIAL_VERSION)) {
      throw conflict('agent_tries_nothing', `${agent.name} can’t try connections.`, {
        help: 'Update the agent, or try from another one of the environment.',
      });
    }
    const config = encodeConfig(
      services.compiler,
      input.config,
      environment.posture,
      version.specKv,
    );
    await refuseSecond(db, agent, now);
    const verdict = services.limits('trial', agent.id);
    if (!verdict.allowed) throw rateLimited('trial', verdict);

    const trialId = uuidv7();
    const expiresAt = new Date(now.getTime() + BEGINS_WITHIN_MILLIS);
    const payload = trialPayload({
      trialId,
      agentId: agent.id,
      orgId,
      projectId,
      environmentId,
      specKv: version.specKv,
      configText: config.text,
      createdAt: now,
      expiresAt,
    });
    const kid = await services.signer.activeKid(db, orgId, 'manifest');
    const signed = preAuthEncoding(TRIAL_TYPE, Buffer.from(payload));
    const { bytes } = await services.signer.sign(db, orgId, kid, signed);
    const before = new Date(now.getTime() - KEPT_MILLIS);
    await db.connectionTrial.deleteMany({
      where: { orgId, agentId: agent.id, expiresAt: { lt: before } },
    });
    await db.connectionTrial.create({
      data: {
        id: trialId,
        orgId,
        environmentId,
        agentId: agent.id,
        versionId: version.id,
        configDigest: config.digest,
        request: dsseEnvelope(TRIAL_TYPE, payload, kid, bytes),
        requestedBy: caller.user.id,
        createdAt: now,
        expiresAt,
      },
    });
    return { trialId, agentName: agent.name, configDigest: config.digest };
  },
  audit: ({ input, answer }) => ({
    resource: { kind: 'agent', id: input.agentId, name: answer.agentName },
    detail: {
      trial_id: answer.trialId,
      version_id: input.versionId,
      config_digest: answer.configDigest,
    },
  }),
  events: ({ input }) => [{ type: 'agent', id: input.agentId }],
});
