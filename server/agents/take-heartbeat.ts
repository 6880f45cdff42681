import { keySetDigest } from '../domain/credentials/key-set.ts';
import { agentStatus, HEARTBEAT_MILLIS } from '../domain/agents/status.ts';
import { desiredOf } from '../domain/agents/desired.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import type { Prisma } from '../db/generated/client.ts';
import type { AuthenticatedAgent } from './authenticate.ts';
import type { HeartbeatBody } from './protocol.ts';
import { findPart, isId, keepReport, takeAttempt } from './report.ts';

type SlotReport = HeartbeatBody['slots'][number];

/** An agent's report: stored, its news acted on, answered with what should run. */
export async function takeHeartbeat(
  services: Services,
  agent: AuthenticatedAgent,
  body: HeartbeatBody,
) {
  const { database, clock, signer, live } = services;
  const now = clock.now();
  const answer = await database.transact(async (db) => {
    await db.agent.update({
      where: { orgId_id: { orgId: agent.orgId, id: agent.id } },
      data: {
        lastHeartbeatAt: now,
        agentVersion: body.agent_version,
        protocolVersion: body.protocol_version,
        specFeatures: body.spec_features,
        allowedRoots: body.allowed_roots,
        keySetDigest: body.key_set_digest,
      },
    });
    for (const slot of body.slots) await takeSlot(services, db, agent, slot, now);
    await noteWhatStopped(services, db, agent, body, now);
    if (agentStatus(agent, now) !== 'online') {
      await live.publish(
        db,
        { type: 'agent', id: agent.id, orgId: agent.orgId, environmentId: agent.environmentId },
        now,
      );
    }
    const rows = await db.deploymentAgent.findMany({
      where: {
        orgId: agent.orgId,
        agentId: agent.id,
        supersededAt: null,
        deployment: { state: { in: ['deploying', 'active'] } },
      },
      include: { deployment: true },
    });
    const desired = desiredOf(
      rows.map(({ deployment }) => ({
        slot: deployment.slot,
        deploymentId: deployment.id,
        epoch: deployment.epoch ?? 0,
        bundleHash: deployment.bundleHash ?? '',
      })),
      body.slots.flatMap(({ slot, running }) =>
        running
          ? [
              {
                slot,
                deploymentId: running.deployment_id,
                epoch: running.epoch,
                bundleHash: running.bundle_hash,
              },
            ]
          : [],
      ),
    );
    return {
      desired: desired.map((one) => ({
        slot: one.slot,
        deployment_id: one.deploymentId,
        epoch: one.epoch,
        bundle_hash: one.bundleHash,
        state: one.state,
      })),
      key_set_digest: keySetDigest(await signer.keySet(db, agent.orgId)),
      heartbeat_interval_ms: HEARTBEAT_MILLIS,
    };
  });
  for (const { running, snapshot } of body.slots) {
    if (!running || !snapshot) continue;
    await live.tell({
      type: 'live',
      id: running.deployment_id,
      orgId: agent.orgId,
      environmentId: agent.environmentId,
      at: now.toISOString(),
      data: { agentId: agent.id, snapshot },
    });
  }
  return answer;
}

async function takeSlot(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  slot: SlotReport,
  now: Date,
): Promise<void> {
  const { running, attempted, snapshot } = slot;
  let changed: string | null = null;
  if (attempted && isId(attempted.deployment_id)) {
    const part = await findPart(db, agent, attempted.deployment_id);
    if (part) {
      const news = await takeAttempt(
        services,
        db,
        agent,
        part,
        {
          phase: attempted.phase,
          epoch: attempted.epoch,
          code: attempted.code ?? null,
          message: attempted.message ?? null,
          at: new Date(attempted.at),
        },
        now,
      );
      if (news) changed = part.deploymentId;
      if (news && slot.last_words.length > 0 && running?.deployment_id !== part.deploymentId) {
        await db.deploymentAgent.update({
          where: {
            orgId_deploymentId_agentId: {
              orgId: part.orgId,
              deploymentId: part.deploymentId,
              agentId: part.agentId,
            },
          },
          data: { lastWords: slot.last_words },
        });
      }
    }
  }
  if (running && isId(running.deployment_id)) {
    const part = await findPart(db, agent, running.deployment_id);
    if (part && part.deployment.epoch === running.epoch) {
      const since = new Date(running.since);
      const began = part.runningSince?.getTime() !== since.getTime();
      if (began) {
        changed = part.deploymentId;
        await keepReport(
          db,
          part,
          { fact: 'running', value: 'yes', epoch: running.epoch, at: since },
          now,
        );
      }
      await db.deploymentAgent.update({
        where: {
          orgId_deploymentId_agentId: {
            orgId: part.orgId,
            deploymentId: part.deploymentId,
            agentId: part.agentId,
          },
        },
        data: {
          runningSince: since,
          runningEpoch: running.epoch,
          runningReportedAt: now,
          lastWords: slot.last_words,
          ...(snapshot ? { snapshot: snapshot as Prisma.InputJsonValue, snapshotAt: now } : {}),
        },
      });
    }
  }
  if (changed) {
    await services.live.publish(
      db,
      { type: 'deployment', id: changed, orgId: agent.orgId, environmentId: agent.environmentId },
      now,
    );
  }
}

/** What ran at the last heartbeat and isn't reported now has stopped. */
async function noteWhatStopped(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  body: HeartbeatBody,
  now: Date,
): Promise<void> {
  const still = body.slots.flatMap(({ running }) =>
    running && isId(running.deployment_id) ? [running.deployment_id] : [],
  );
  const stopped = await db.deploymentAgent.findMany({
    where: {
      orgId: agent.orgId,
      agentId: agent.id,
      runningSince: { not: null },
      deploymentId: { notIn: still },
    },
    include: { deployment: { include: { environment: true } } },
  });
  for (const part of stopped) {
    const words = body.slots.find((slot) => slot.slot === part.deployment.slot)?.last_words ?? [];
    await db.deploymentAgent.update({
      where: {
        orgId_deploymentId_agentId: {
          orgId: part.orgId,
          deploymentId: part.deploymentId,
          agentId: part.agentId,
        },
      },
      data: {
        runningSince: null,
        runningEpoch: null,
        runningReportedAt: now,
        ...(words.length > 0 ? { lastWords: words } : {}),
      },
    });
    await keepReport(db, part, { fact: 'running', value: 'no' }, now);
    await services.live.publish(
      db,
      {
        type: 'deployment',
        id: part.deploymentId,
        orgId: part.orgId,
        environmentId: part.deployment.environmentId,
      },
      now,
    );
  }
}
