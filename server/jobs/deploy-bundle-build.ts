/**
 * `deploy_bundle_build`: from an approved deployment to a signed bundle that agents may fetch. May
 * be interrupted anywhere and run again: the epoch is taken once, and the state is compared and set.
 */
import type { Actor } from '../audit/record.ts';
import { revokeGrant } from '../approvals/revoke.ts';
import { giveUp } from '../deployment-state/desire.ts';
import { moveDeployment } from '../deployment-state/move.ts';
import { beginRollout } from '../deployment-state/rollout.ts';
import { digestToday } from '../deployment-state/statement.ts';
import { refuseCredential } from '../domain/credentials/check.ts';
import type { KeySet } from '../domain/credentials/key-set.ts';
import { assembleBundle } from '../deploy-bundles/assemble.ts';
import type { Db } from '../providers/database.ts';
import { deployBundleKey } from '../providers/object-store.ts';
import type { Services } from '../services.ts';
import type { Attempt, JobPayloads } from './queue.ts';

const ACTOR: Actor = { kind: 'job', id: 'deploy_bundle_build', name: 'Bundle build' };

/** Why a grant is worth nothing to a build. */
const LOST = {
  approval_digest_changed: {
    code: 'approval_digest_changed',
    reason: 'A setting of the environment changed after the approval.',
  },
  credential_expired: {
    code: 'credential_expired',
    reason: 'The approval expired before the bundle was built.',
  },
  credential_forged: {
    code: 'credential_forged',
    reason: 'The stored credential is signed by no approval key of the organization.',
  },
  credential_other_deployment: {
    code: 'credential_other_deployment',
    reason: 'The stored credential is for another deployment than this one.',
  },
} as const;

function load(db: Db, { orgId, deploymentId }: JobPayloads['deploy_bundle_build']) {
  return db.deployment.findUnique({
    where: { orgId_id: { orgId, id: deploymentId } },
    include: { environment: true, version: true, bundle: true, approval: true, agents: true },
  });
}

export async function buildDeployBundle(
  services: Services,
  payload: JobPayloads['deploy_bundle_build'],
  attempt: Attempt,
): Promise<void> {
  try {
    await build(services, payload);
  } catch (error) {
    if (attempt.last) await endBuild(services, payload);
    throw error;
  }
}

async function build(
  services: Services,
  payload: JobPayloads['deploy_bundle_build'],
): Promise<void> {
  const { database, clock, signer, objects } = services;

  const begun = await database.transact(async (db) => {
    const now = clock.now();
    const deployment = await load(db, payload);
    if (!deployment || !['approved', 'building'].includes(deployment.state)) return null;
    const { environment, approval } = deployment;
    if (approval?.state !== 'approved' || !approval.credential || !approval.credentialExpiresAt) {
      throw new Error(
        `deployment ${deployment.id} is ${deployment.state} without a granted approval`,
      );
    }
    const keySet = await signer.keySet(db, deployment.orgId);
    const lost = whyLost(services, { ...deployment, approval }, keySet, now);
    if (lost) {
      await revokeGrant(services, db, deployment, { actor: ACTOR, ...LOST[lost] }, now);
      return null;
    }
    let { epoch } = deployment;
    if (deployment.state === 'approved') {
      const slot = await db.slot.upsert({
        where: {
          orgId_environmentId_name: {
            orgId: deployment.orgId,
            environmentId: environment.id,
            name: deployment.slot,
          },
        },
        create: {
          orgId: deployment.orgId,
          environmentId: environment.id,
          name: deployment.slot,
          lastEpoch: 1,
        },
        update: { lastEpoch: { increment: 1 } },
      });
      epoch = slot.lastEpoch;
      await moveDeployment(
        services,
        db,
        deployment,
        { event: 'build_started', actor: ACTOR, set: { epoch } },
        now,
      );
    }
    const kid = await signer.activeKid(db, deployment.orgId, 'manifest');
    return {
      deployment,
      epoch: epoch ?? 0,
      credential: approval.credential,
      expiresAt: approval.credentialExpiresAt,
      kid,
      keySet,
      now,
    };
  });
  if (!begun) return;

  const { deployment, epoch, kid } = begun;
  const bundle = await assembleBundle(
    {
      deploymentId: deployment.id,
      orgId: deployment.orgId,
      environmentId: deployment.environmentId,
      slot: deployment.slot,
      agentIds: deployment.agents.map((agent) => agent.agentId),
      epoch,
      createdAt: begun.now,
      expiresAt: begun.expiresAt,
      specKv: deployment.version.specKv,
      specHash: deployment.specHash,
      configText: deployment.bundle.text,
      configDigest: deployment.configDigest,
      statementText: deployment.statementText,
      deploymentDigest: deployment.digest,
      credential: begun.credential,
      keySet: begun.keySet,
      kid,
    },
    async (bytes) => (await signer.sign(database.client, deployment.orgId, kid, bytes)).bytes,
  );
  await objects.put(deployBundleKey(deployment.orgId, bundle.hash), bundle.bytes);

  await database.transact(async (db) => {
    const now = clock.now();
    const current = await load(db, payload);
    // Withdrawn meanwhile: the bundle stays unannounced.
    if (current?.state !== 'building') return;
    if (now >= begun.expiresAt) {
      await revokeGrant(services, db, current, { actor: ACTOR, ...LOST.credential_expired }, now);
      return;
    }
    await displaceOlder(services, db, current, now);
    await moveDeployment(
      services,
      db,
      current,
      {
        event: 'bundle_signed',
        actor: ACTOR,
        set: {
          bundleHash: bundle.hash,
          bundleSize: bundle.bytes.length,
          bundleExpiresAt: begun.expiresAt,
        },
      },
      now,
    );
    await beginRollout(services, db, current, ACTOR, now);
  });
}

/** An approval is for a digest: what changed since then, or was swapped, is another deployment. */
function whyLost(
  services: Services,
  deployment: NonNullable<Awaited<ReturnType<typeof load>>> & {
    approval: { credential: string | null; credentialExpiresAt: Date | null };
  },
  keySet: KeySet,
  now: Date,
): keyof typeof LOST | null {
  const { environment, version, bundle, slot, approval, digest } = deployment;
  const agentIds = deployment.agents.map((agent) => agent.agentId);
  const today = digestToday(
    services,
    { environment, version, bundle, slot, agentIds },
    deployment.statementText,
  );
  if (today !== digest) return 'approval_digest_changed';
  const { credentialExpiresAt: until } = approval;
  if (until === null || now >= until) return 'credential_expired';
  return refuseCredential(approval.credential ?? '', keySet, digest);
}

/** Of two deployments on their way into one slot of one agent, the newer one goes. */
async function displaceOlder(
  services: Services,
  db: Db,
  newer: NonNullable<Awaited<ReturnType<typeof load>>>,
  now: Date,
): Promise<void> {
  const older = await db.deployment.findMany({
    where: {
      orgId: newer.orgId,
      environmentId: newer.environmentId,
      slot: newer.slot,
      state: 'deploying',
      // What it rolls back ends by that.
      id: { notIn: [newer.id, ...(newer.rollbackOf ? [newer.rollbackOf] : [])] },
      agents: { some: { agentId: { in: newer.agents.map((agent) => agent.agentId) } } },
    },
    include: { environment: true },
  });
  for (const deployment of older) {
    const reason = 'A newer deployment took the slot before this one was confirmed.';
    await giveUp(db, deployment, now);
    await moveDeployment(
      services,
      db,
      deployment,
      {
        event: 'displaced',
        actor: ACTOR,
        code: 'displaced',
        reason,
        set: { failureCode: 'displaced', failureMessage: reason },
      },
      now,
    );
  }
}

/**
 * The retry budget is spent: the deployment says so instead of waiting for ever. Said by the last try
 * itself, and once more by the queue, because a process may end in the middle of it.
 */
export async function endBuild(
  services: Services,
  payload: JobPayloads['deploy_bundle_build'],
): Promise<void> {
  const { database, clock } = services;
  await database.transact(async (db) => {
    const deployment = await load(db, payload);
    if (!deployment || !['approved', 'building'].includes(deployment.state)) return;
    const reason = 'The bundle could not be built; the server log names the cause.';
    await moveDeployment(
      services,
      db,
      deployment,
      {
        event: 'build_failed',
        actor: ACTOR,
        code: 'bundle_build_failed',
        reason,
        set: { failureCode: 'bundle_build_failed', failureMessage: reason },
      },
      clock.now(),
    );
  });
}
