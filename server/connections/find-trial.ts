import { orgIdsOf, sees, type Caller } from '../caller.ts';
import { notFound } from '../errors.ts';
import type { Db } from '../providers/database.ts';
import { scopeWithin } from '../scopes.ts';

/** A trial of connections with its agent, among what the caller may see. */
export async function findTrial(db: Db, caller: Caller, trialId: string) {
  const trial = await db.connectionTrial.findFirst({
    where: { id: trialId, orgId: { in: orgIdsOf(caller) } },
    include: { agent: { include: { environment: true } } },
  });
  if (!trial || !sees(caller, trial.agent.environment)) throw notFound('connection_trial');
  return trial;
}

export function trialScope(trial: Awaited<ReturnType<typeof findTrial>>) {
  return scopeWithin(trial.agent.environment, 'connection_trial', trial.id, trial.agent.name);
}
