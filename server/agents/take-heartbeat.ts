import { keySetDigest } from '../domain/credentials/key-set.ts';
import { goOn } from '../deployment-state/rollout.ts';
import { agentStatus, HEARTBEAT_MILLIS } from '../domain/agents/status.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { Prisma } from '../db/generated/client.ts';
import { samePeers } from '../domain/deployments/peers.ts';
import type { AuthenticatedAgent } from './authenticate.ts';
import type { AdaptersReport, RefusedSlot } from '../../src/lib/compiler/types.ts';
import { desiredFor } from './desired-for.ts';
import { noteDrift } from './drift.ts';
import type { HeartbeatBody } from './protocol.ts';
import { keepMinute } from './minutes.ts';
import { pressureOf } from './pressure.ts';
import {
  findPart,
  isId,
  keepReport,
  keyOf,
  takeAttempt,
  tellOf,
  tellOfSlot,
  type Attempt,
  type Part,
} from './report.ts';

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
        statementVersions: body.statement_versions,
        allowedRoots: body.allowed_roots,
        allowedNet: body.allowed_net,
        trialVersions: body.trial_versions,
        keySetDigest: body.key_set_digest,
        refusedSlots: body.refused_slots,
        refusedKeys: body.refused_keys,
        clockBehindMs: Math.min(body.clock_behind_ms, 2_147_483_647),
      },
    });
    for (const refused of body.refused_slots)
      await takeRefusedSlot(services, db, agent, refused, now);
    for (const slot of body.slots) await takeSlot(services, db, agent, slot, now);
    await noteWhatStopped(services, db, agent, body, now);
    await noteDrift(services, db, agent, body, now);
    await goOnWithRollouts(services, db, agent, now);
    if (agentStatus(agent, now) !== 'online') {
      await live.publish(
        db,
        { type: 'agent', id: agent.id, orgId: agent.orgId, environmentId: agent.environmentId },
        now,
      );
    }
    return {
      ...(await desiredFor(db, agent, body, now)),
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

/** A heartbeat is proof: steps of a rollout that waited for it begin. */
async function goOnWithRollouts(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  now: Date,
): Promise<void> {
  const deploying = await db.deployment.findMany({
    where: {
      orgId: agent.orgId,
      environmentId: agent.environmentId,
      state: 'deploying',
      agents: { some: { agentId: agent.id } },
    },
    select: { id: true, orgId: true },
  });
  for (const deployment of deploying) await goOn(services, db, deployment, now);
}

/** A slot beyond what an agent holds: its deployment is refused where people see it. */
async function takeRefusedSlot(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  refused: RefusedSlot,
  now: Date,
): Promise<void> {
  const part = isId(refused.deployment_id)
    ? await findPart(db, agent, refused.deployment_id)
    : null;
  if (!part || part.deployment.epoch === null) return;
  const attempt: Attempt = {
    phase: 'refused',
    epoch: part.deployment.epoch,
    code: refused.code,
    message: refused.message,
    at: now,
    tries: 1,
    nextTryAt: null,
  };
  const news = await takeAttempt(services, db, agent, part, attempt, now);
  if (news) await tellOf(services, db, part, now);
}

async function takeSlot(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  slot: SlotReport,
  now: Date,
): Promise<void> {
  const { running, attempted, waiting } = slot;
  for (const tried of [attempted, waiting]) {
    if (!tried || !isId(tried.deployment_id)) continue;
    const part = await findPart(db, agent, tried.deployment_id);
    if (part) await takeAttempted(services, db, agent, part, slot, tried, now);
  }
  if (running && isId(running.deployment_id)) {
    const part = await findPart(db, agent, running.deployment_id);
    if (part?.deployment.epoch === running.epoch) {
      await takeRunning(services, db, part, slot, running, now);
    }
  }
}

async function takeAttempted(
  services: Services,
  db: Db,
  agent: AuthenticatedAgent,
  part: Part,
  slot: SlotReport,
  attempted: NonNullable<SlotReport['attempted']>,
  now: Date,
): Promise<void> {
  const attempt: Attempt = {
    phase: attempted.phase,
    epoch: attempted.epoch,
    code: attempted.code ?? null,
    message: attempted.message ?? null,
    at: new Date(attempted.at),
    tries: attempted.tries,
    nextTryAt: attempted.next_try_at ? new Date(attempted.next_try_at) : null,
  };
  let news = await takeAttempt(services, db, agent, part, attempt, now);
  const elsewhere = slot.running?.deployment_id !== part.deploymentId;
  // Where another one runs again, what that says is nothing that the tried one said.
  const wordsOfTried =
    attempted === (slot.waiting ?? slot.attempted) ? (slot.tried_words ?? []) : [];
  const wordsLeft = slot.running ? [] : slot.last_words;
  const lastWords = wordsOfTried.length > 0 ? wordsOfTried : wordsLeft;
  if (news && elsewhere && lastWords.length > 0) {
    await db.deploymentAgent.update({ where: keyOf(part), data: { lastWords } });
  }
  // With its last numbers, which nothing will follow.
  const over =
    slot.running === null &&
    attempted.phase === 'active' &&
    attempted.epoch === part.deployment.epoch;
  if (over && !part.finishedAt && (slot.finished ?? slot.snapshot !== null)) {
    await db.deploymentAgent.update({
      where: keyOf(part),
      data: { finishedAt: now, ...numbersOf(slot, now) },
    });
    news = true;
  } else if (over && !part.finishedAt && part.runningReportedAt === null) {
    // Active, and gone before a heartbeat said that it runs.
    await db.deploymentAgent.update({ where: keyOf(part), data: { runningReportedAt: now } });
    news = true;
  }
  if (news) await tellOf(services, db, part, now);
}

async function takeRunning(
  services: Services,
  db: Db,
  part: Part,
  slot: SlotReport,
  running: NonNullable<SlotReport['running']>,
  now: Date,
): Promise<void> {
  const since = new Date(running.since);
  const began = part.runningSince?.getTime() !== since.getTime();
  if (began) {
    await keepReport(
      db,
      part,
      { fact: 'running', value: 'yes', epoch: running.epoch, at: since },
      now,
    );
  }
  const pressure = pressureOf(part, slot.snapshot, now);
  const peers = !samePeers(part.adapters as AdaptersReport | null, slot.adapters ?? null);
  await db.deploymentAgent.update({
    where: keyOf(part),
    data: {
      ...pressure.data,
      runningSince: since,
      runningEpoch: running.epoch,
      runningReportedAt: now,
      activatedAt: running.activated_at ? new Date(running.activated_at) : part.activatedAt,
      restarts: running.restarts,
      lastRestartAt: running.last_restart_at ? new Date(running.last_restart_at) : null,
      finishedAt: null,
      lastWords: slot.last_words,
      ...(slot.adapters ? { adapters: slot.adapters } : {}),
      ...(began && !slot.adapters ? { adapters: Prisma.DbNull } : {}),
      ...numbersOf(slot, now),
    },
  });
  if (slot.snapshot) await keepMinute(db, part, slot.snapshot, now);
  if (began || pressure.news || peers) await tellOfSlot(services, db, part, now);
}

/** What the agent read from shared memory, as far as it says it. */
function numbersOf({ snapshot, counters }: SlotReport, now: Date) {
  return {
    ...(snapshot ? { snapshot: snapshot as Prisma.InputJsonValue, snapshotAt: now } : {}),
    ...(counters ? { counters: counters as Prisma.InputJsonValue } : {}),
  };
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
      where: keyOf(part),
      data: {
        runningSince: null,
        runningEpoch: null,
        runningReportedAt: now,
        ...(words.length > 0 ? { lastWords: words } : {}),
      },
    });
    await keepReport(db, part, { fact: 'running', value: 'no' }, now);
    await tellOfSlot(services, db, part, now);
  }
}
