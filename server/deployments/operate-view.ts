/** What an operator is shown: how the rollout goes, what drifts, and what can be done. */
import { agentStatus } from '../domain/agents/status.ts';
import { tryNowOf } from '../domain/deployments/actions.ts';
import type { PersonName } from '../members/names.ts';
import type { Standing } from './standing.ts';

export function operateView(standing: Standing, names: (userId: string) => PersonName) {
  const { row, rollout, slot, actions, targets } = standing;
  const { step, of, waitsUntil, paused } = rollout;
  return {
    leftBy: row.leftBy ? names(row.leftBy) : null,
    slotStopped: slot?.stoppedAt
      ? {
          at: slot.stoppedAt.toISOString(),
          by: slot.stoppedBy ? names(slot.stoppedBy) : null,
          reason: slot.stoppedReason,
        }
      : null,
    /** While it is deploying; what is over has no steps any more. */
    rollout:
      row.state === 'deploying'
        ? {
            step,
            of,
            waitsUntil: waitsUntil?.toISOString() ?? null,
            paused: paused && {
              since: paused.since?.toISOString() ?? null,
              cause: paused.causes[0] ? causeView(paused.causes[0]) : null,
              causes: paused.causes.map(causeView),
            },
          }
        : null,
    actions: { ...actions, rollBack: { ...actions.rollBack, targets } },
  };
}

type Cause = NonNullable<Standing['rollout']['paused']>['causes'][number];
const causeView = (cause: Cause) => ({
  ...cause,
  nextTryAt: cause.nextTryAt?.toISOString() ?? null,
});

interface PartRow {
  wave: number;
  desired: string | null;
  confirmedAt: Date | null;
  passedOverAt: Date | null;
  tryNowAt: Date | null;
  attemptedNextAt: Date | null;
  driftEpoch: number | null;
  driftDeploymentId: string | null;
  driftSince: Date | null;
  agent: { name: string; lastHeartbeatAt: Date | null; decommissionedAt: Date | null };
}

/** One agent's part in the rollout, and what can be done about it. */
export function tryNowView(part: PartRow, mayOperate: boolean, now: Date) {
  return {
    /** Its step, from 1. */
    wave: part.wave + 1,
    confirmedAt: part.confirmedAt?.toISOString() ?? null,
    passedOverAt: part.passedOverAt?.toISOString() ?? null,
    /** What it proves in the slot instead, since then. */
    drift:
      part.driftEpoch !== null && part.driftSince
        ? {
            epoch: part.driftEpoch,
            deploymentId: part.driftDeploymentId,
            since: part.driftSince.toISOString(),
          }
        : null,
    tryNow: waitView(part, mayOperate, now),
  };
}

/** Whether an agent's wait for its next try can be skipped. */
export function waitView(
  part: Pick<PartRow, 'desired' | 'tryNowAt' | 'attemptedNextAt' | 'agent'>,
  mayOperate: boolean,
  now: Date,
) {
  return {
    ...tryNowOf({
      mayOperate,
      agent: part.agent.name,
      online: agentStatus(part.agent, now) === 'online',
      wanted: part.desired === 'run',
      nextTryAt: part.attemptedNextAt,
    }),
    /** A person wanted it, and the agent hasn't moved yet. */
    askedAt: part.tryNowAt?.toISOString() ?? null,
  };
}
