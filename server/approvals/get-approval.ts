import { z } from 'zod';
import {
  refuseDecision,
  refuseReview,
  refuseRevocation,
  type Decision,
} from '../domain/approvals/machine.ts';
import { isApproverRole } from '../domain/approvals/rules.ts';
import { id } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { digestToday } from '../deployment-state/statement.ts';
import { decisionFacts, partsOf } from './decision-facts.ts';
import { approvalScope, findApproval } from './find-approval.ts';
import { groundsOf } from './grounds.ts';
import { lookerOf, personsOf, reviewFactsOf } from './persons.ts';
import { revocationFacts } from './revoke-approval.ts';
import {
  breakGlassView,
  bundleSide,
  decisionView,
  rulesView,
  runningSide,
  versionSide,
  yesViews,
} from './views.ts';
import { yesesGiven } from './yeses.ts';

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
    const grounds = await groundsOf(services, db, row, now);
    const { running, alsoThere, onTheWay, goesBack } = grounds.comparison;
    const judged = await decisionFacts(services, db, caller, row, now);
    const { facts, rules } = judged;
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
    const given = await yesesGiven(db, [row]);
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
      decision: decisionView(row, persons.reviewer),
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
      yeses: yesViews(given, judged.yeses, names),
      /** Different persons that have to say yes; 0 where policy approves. */
      quorum: rules.quorum,
      rules: rulesView(judged, names),
      /** The approval of the identical digest whose yeses these are. */
      carriedFrom: row.carriedFrom,
      breakGlass: breakGlassView(row, names),
      /** As whom a decision from here would be signed. */
      you: await lookerOf(db, caller.user),
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
      cases: grounds.cases,
      ...grounds.reviewed,
      otherRequests: grounds.others,
      agents: grounds.agents,
      /** Of what the decision rests on; it has to come back with the decision. */
      basis: grounds.basis,
      /** Approving leads back to what was there before: said, never refused. */
      goesBack,
      /** Others that will come into the slot without anybody asking again. */
      onTheWay: onTheWay.map((other) => ({
        deploymentId: other.id,
        state: other.state,
        version: { id: other.version.id, number: other.version.number },
      })),
      /** Agents of the request on which another program than `running` is wanted. */
      alsoThere: alsoThere.map(({ version, bundle, agents }) => ({
        version: { id: version.id, number: version.number },
        bundle: { id: bundle.id, number: bundle.number },
        agents,
      })),
      /** The newest that runs in the slot now; null when nothing does. */
      running: running && (await runningSide(db, running, now)),
    };
  },
});
