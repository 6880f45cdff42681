import { z } from 'zod';
import type { ConfigBundle } from '../bundles/config.ts';
import {
  refuseDecision,
  refuseReview,
  refuseRevocation,
  type Decision,
} from '../domain/approvals/machine.ts';
import { isApproverRole } from '../domain/approvals/rules.ts';
import type { Json } from '../domain/digests/canonical-json.ts';
import { isProven } from '../domain/identity/sessions.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { comparisonOf } from '../deployment-state/comparison.ts';
import { healthView } from '../deployment-state/health.ts';
import { digestToday, stepsIn } from '../deployment-state/statement.ts';
import { decisionFacts, partsOf } from './decision-facts.ts';
import { reviewedBy } from './reviewed.ts';
import { agentBeside, casesOf, countedBy, otherRequests } from './beside.ts';
import { approvalScope, findApproval } from './find-approval.ts';
import { personsOf, reviewFactsOf } from './persons.ts';
import { revocationFacts } from './revoke-approval.ts';
import { yesesGiven } from './yeses.ts';

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
  number: number;
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
    number: row.number,
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
    const { facts, rules, statement, yeses } = await decisionFacts(services, db, caller, row, now);
    const today = digestToday(services, partsOf(row), deployment.statementText);
    const operates = isApproverRole(facts.role);
    const whyNot = (decision: Decision) =>
      operates
        ? refuseDecision({
            ...facts,
            decision,
            digest: decision === 'deny' ? row.digest : today,
            seenDigest: row.digest,
          })
        : ('permission_denied' as const);
    const revocation = (await revocationFacts(db, caller, row, now)).facts;
    const review = refuseReview({
      ...reviewFactsOf(row, environment, services.config),
      reviewer: facts.reviewer,
    });
    const { reviewer, authors } = facts;
    const nameOf = await namesOf(db, authors);
    const pending = row.state === 'pending' && operates;
    const given = await yesesGiven(db, row);
    const names = await namesOf(db, [
      ...given.map(({ userId }) => userId),
      ...rules.approvers.users,
      ...[row.reviewedBy, row.revokedBy].filter((userId) => userId !== null),
    ]);
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
        ? {
            at: row.revokedAt.toISOString(),
            reason: row.revokedReason,
            by: row.revokedBy ? names(row.revokedBy) : null,
          }
        : null,
      /** Each person's yes, oldest first. One that `counts` not is of somebody who lost the right. */
      yeses: given.map((yes) => ({
        person: names(yes.userId),
        at: yes.at.toISOString(),
        method: yes.method,
        role: yes.role,
        proven: isProven(yes),
        comment: yes.comment,
        counts: yeses.some(({ presence }) => presence.userId === yes.userId),
      })),
      /** Different persons that have to say yes; 0 where policy approves. */
      quorum: rules.quorum,
      /** What the statement binds beside the shown things; its digest is over these very values. */
      rules: {
        statement: statement.v,
        selfApproval: rules.selfApproval,
        approvers: {
          roles: [...rules.approvers.roles],
          users: rules.approvers.users.map(names),
        },
        proof: rules.proof,
        breakGlass: rules.breakGlass,
        rollout: stepsIn(statement),
      },
      /** The approval of the identical digest whose yeses these are. */
      carriedFrom: row.carriedFrom,
      breakGlass: row.breakGlass
        ? {
            reason: row.breakGlassReason ?? '',
            review: row.reviewedAt
              ? {
                  by: names(row.reviewedBy ?? ''),
                  at: row.reviewedAt.toISOString(),
                  verdict: row.reviewVerdict,
                  comment: row.reviewComment,
                }
              : null,
          }
        : null,
      own: row.requestedBy === caller.user.id,
      /** null: the caller may; else the code of the reason. */
      approveRefusal: whyNot('approve'),
      denyRefusal: whyNot('deny'),
      breakGlassRefusal: whyNot('break_glass'),
      revokeRefusal: operates ? refuseRevocation(revocation) : ('permission_denied' as const),
      reviewRefusal: operates ? review : ('permission_denied' as const),
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
      ...(await reviewedBy(db, deployment.version, environment.projectId)),
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
