import { z } from 'zod';
import type { ConfigBundle } from '../bundles/config.ts';
import { refuseDecision } from '../domain/approvals/machine.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import { permits } from '../domain/permissions/roles.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { comparisonOf } from '../deployment-state/comparison.ts';
import { healthView } from '../deployment-state/health.ts';
import { authorsOf } from './authors.ts';
import { agentBeside, casesOf, countedBy, otherRequests } from './beside.ts';
import { approvalScope, findApproval } from './find-approval.ts';
import { personsOf, presenceOf, requesterOf } from './persons.ts';

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
export const getApproval = operation({
  kind: 'read',
  name: 'approval.get',
  input: z.object({ approvalId: id }),
  thing: ({ db, caller, input }) => findApproval(db, caller, input.approvalId),
  scope: approvalScope,
  needs: 'ViewEnvironment',
  async run({ services, db, caller, thing: row, now }) {
    const { deployment, environment } = row;
    const { running, onTheWay, basis, goesBack } = await comparisonOf(db, deployment);
    const memberships = caller.memberships.get(row.orgId);
    const operates = memberships
      ? permits(memberships, 'OperateEnvironment', environment.projectId)
      : false;
    const reviewer = presenceOf(caller.user);
    const authors = await authorsOf(db, deployment);
    const nameOf = await namesOf(db, authors);
    const facts = {
      state: row.state,
      digest: row.digest,
      seenDigest: row.digest,
      requester: requesterOf(row),
      reviewer,
      authors,
      posture: environment.posture,
      selfApproval: environment.selfApproval,
      provenRequired: services.config.provenRequired,
      now,
      expiresAt: row.expiresAt,
    };
    const whyNot = (decision: 'approve' | 'deny') =>
      operates ? refuseDecision({ ...facts, decision }) : ('permission_denied' as const);
    const pending = row.state === 'pending' && operates;
    const persons = (await personsOf(db, [row], pending ? reviewer : null))(row);
    return {
      id: row.id,
      state: row.state,
      mode: row.mode,
      digest: row.digest,
      statementText: deployment.statementText,
      specHash: row.specHash,
      configDigest: deployment.configDigest,
      capabilities: row.capabilities,
      requestedBy: persons.requester,
      requestedAt: row.requestedAt.toISOString(),
      comment: deployment.comment,
      expiresAt: row.expiresAt.toISOString(),
      decision: row.decidedAt
        ? {
            by: persons.reviewer ?? {
              id: row.decidedBy,
              name: row.decidedByName ?? 'Someone who left',
              proven: null,
              letInBy: [],
            },
            at: row.decidedAt.toISOString(),
            comment: row.comment,
            selfApproved: row.selfApproved,
            issuedBy: row.issuedBy,
            credentialExpiresAt: row.credentialExpiresAt?.toISOString() ?? null,
          }
        : null,
      /**
       * How far the two are two: who asked and who decided, or, while it waits, who asked and the
       * caller. null where one person is enough or there is no second.
       */
      secondPerson: persons.secondPerson,
      revoked: row.revokedAt
        ? { at: row.revokedAt.toISOString(), reason: row.revokedReason }
        : null,
      own: row.requestedBy === caller.user.id,
      /** null: the caller may; else the code of the reason. */
      approveRefusal: whyNot('approve'),
      denyRefusal: whyNot('deny'),
      orgId: row.orgId,
      projectId: environment.projectId,
      environment: {
        id: environment.id,
        name: environment.name,
        posture: environment.posture,
        selfApproval: environment.selfApproval,
        credentialLifetimeMinutes: environment.credentialLifetimeMinutes,
      },
      deployment: { id: deployment.id, state: deployment.state, slot: deployment.slot },
      version: versionSide(deployment.version),
      bundle: bundleSide(deployment.bundle),
      /** Who wrote what would run: plan, version, config bundle. */
      authors: authors.map(nameOf),
      wroteIt: authors.includes(caller.user.id),
      cases: await casesOf(db, deployment.version),
      otherRequests: await otherRequests(db, deployment),
      agents: deployment.agents.map(({ agent }) =>
        agentBeside(
          agent,
          {
            features: deployment.version.features,
            config: deployment.bundle.config as ConfigBundle,
          },
          now,
        ),
      ),
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
        health: healthView(running.agents, now),
        counted: await countedBy(db, running),
        version: versionSide(running.version),
        bundle: bundleSide(running.bundle),
      },
    };
  },
});
