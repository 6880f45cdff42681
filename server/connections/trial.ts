/** A trial of connections, by its times; and as the page sees it. */
import type { ConnectionTrial } from '../db/generated/client.ts';
import type { TrialReport } from '../../src/lib/compiler/types.ts';

/** How long an agent may take to begin it. */
export const BEGINS_WITHIN_MILLIS = 120_000;
/** How much later its answer may come; the agent itself ends what takes longer than a minute. */
export const ANSWERS_WITHIN_MILLIS = 90_000;
/** How long what came of it is kept. */
export const KEPT_MILLIS = 60 * 60_000;

/** From then on no answer is taken. */
function answersUntil({ expiresAt }: { expiresAt: Date }): Date {
  return new Date(expiresAt.getTime() + ANSWERS_WITHIN_MILLIS);
}

export function trialView(row: ConnectionTrial & { agent: { name: string } }, now: Date) {
  const report = row.report as TrialReport | null;
  const silent = now >= answersUntil(row);
  return {
    id: row.id,
    agent: { id: row.agentId, name: row.agent.name },
    configDigest: row.configDigest,
    createdAt: row.createdAt.toISOString(),
    answeredAt: row.answeredAt?.toISOString() ?? null,
    state: report ? ('answered' as const) : silent ? ('unanswered' as const) : ('asked' as const),
    report,
  };
}
