import { z } from 'zod';
import { authorize, scopeWithin } from '../authorize.ts';
import type { ConfigBundle } from '../bundles/config.ts';
import type { Caller } from '../caller.ts';
import { refuseDecision, type ApprovalState } from '../domain/approvals/machine.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import { permits } from '../domain/permissions/roles.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import type { Services } from '../services.ts';
import { comparisonOf } from '../deployments/comparison.ts';
import { healthView } from '../deployments/health.ts';
import { findApproval } from './find-approval.ts';

export const getApprovalInput = z.object({ approvalId: id });

interface VersionRow {
  id: string;
  number: number;
  name: string;
  text: string;
  target: string;
  layout: unknown;
  specKv: string;
  specHash: string;
  describe: string;
  compilerVersion: string;
  capabilities: string[];
}
interface BundleRow {
  id: string;
  name: string;
  config: unknown;
  text: string;
  digest: string;
}

function versionSide(row: VersionRow) {
  return {
    id: row.id,
    number: row.number,
    name: row.name,
    text: row.text,
    target: row.target as 'single_ring' | 'lane_graph',
    layout: row.layout as { [key: string]: Json },
    specKv: row.specKv,
    specHash: row.specHash,
    describe: row.describe,
    compilerVersion: row.compilerVersion,
    capabilities: row.capabilities,
  };
}

function bundleSide(row: BundleRow) {
  return {
    id: row.id,
    name: row.name,
    config: row.config as ConfigBundle,
    text: row.text,
    digest: row.digest,
  };
}

/** Everything that the decision needs on one screen, both sides whole, so that the page can check. */
export async function getApproval(
  services: Services,
  caller: Caller,
  input: z.infer<typeof getApprovalInput>,
) {
  const db = services.database.client;
  const row = await findApproval(db, caller, input.approvalId);
  const scope = scopeWithin(row.environment, 'approval', row.id, row.deployment.slot);
  await authorize(services, caller, 'ViewEnvironment', scope, 'approval.get');
  const { deployment, environment } = row;
  const { running, onTheWay, basis, goesBack } = await comparisonOf(db, deployment);
  const memberships = caller.memberships.get(row.orgId);
  const operates = memberships
    ? permits(memberships, 'OperateEnvironment', environment.projectId)
    : false;
  const facts = {
    state: row.state as ApprovalState,
    digest: row.digest,
    seenDigest: row.digest,
    requestedBy: row.requestedBy,
    reviewer: caller.user.id,
    selfApproval: environment.selfApproval,
    now: services.clock.now(),
    expiresAt: row.expiresAt,
  };
  const refusalOf = (decision: 'approve' | 'deny') =>
    operates ? refuseDecision({ ...facts, decision }) : ('permission_denied' as const);
  const names = await namesOf(db, [row.requestedBy]);
  return {
    id: row.id,
    state: row.state as ApprovalState,
    mode: row.mode as 'person' | 'policy',
    digest: row.digest,
    statementText: deployment.statementText,
    specHash: row.specHash,
    configDigest: deployment.configDigest,
    capabilities: row.capabilities,
    requestedBy: names(row.requestedBy),
    requestedAt: row.requestedAt.toISOString(),
    comment: deployment.comment,
    expiresAt: row.expiresAt.toISOString(),
    decision: row.decidedAt
      ? {
          by: { id: row.decidedBy, name: row.decidedByName ?? 'Someone who left' },
          at: row.decidedAt.toISOString(),
          comment: row.comment,
          selfApproved: row.selfApproved,
          issuedBy: row.issuedBy,
          credentialExpiresAt: row.credentialExpiresAt?.toISOString() ?? null,
        }
      : null,
    revoked: row.revokedAt ? { at: row.revokedAt.toISOString(), reason: row.revokedReason } : null,
    own: row.requestedBy === caller.user.id,
    /** null: the caller may; else the code of the reason. */
    approveRefusal: refusalOf('approve'),
    denyRefusal: refusalOf('deny'),
    orgId: row.orgId,
    projectId: environment.projectId,
    environment: {
      id: environment.id,
      name: environment.name,
      posture: environment.posture as 'dev' | 'staging' | 'prod',
      selfApproval: environment.selfApproval,
      credentialLifetimeMinutes: environment.credentialLifetimeMinutes,
    },
    deployment: { id: deployment.id, state: deployment.state, slot: deployment.slot },
    version: versionSide(deployment.version),
    bundle: bundleSide(deployment.bundle),
    agents: deployment.agents.map(({ agent }) => ({
      id: agent.id,
      name: agent.name,
      hostName: agent.hostName,
      allowedRoots: agent.allowedRoots,
      lastHeartbeatAt: agent.lastHeartbeatAt?.toISOString() ?? null,
    })),
    /** What the decision is compared with; it has to come back with the decision. */
    basis,
    /** Approving leads back to what was there before: said, never refused. */
    goesBack,
    /** Others that will come into the slot without anybody asking again. */
    onTheWay: onTheWay.map((other) => ({
      deploymentId: other.id,
      state: other.state,
      version: { id: other.version.id, number: other.version.number },
    })),
    /** What runs in the slot now; null when nothing does. */
    running: running && {
      deploymentId: running.id,
      activatedAt: running.activatedAt?.toISOString() ?? null,
      requestedAt: running.createdAt.toISOString(),
      /** Whether it does run: as its agents prove it. */
      health: healthView(running.agents, facts.now),
      version: versionSide(running.version),
      bundle: bundleSide(running.bundle),
    },
  };
}
