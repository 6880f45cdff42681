import type { Outputs } from '$lib/api';
import { healthAt, type Trouble } from '$lib/deployments/health';

type Agent = Pick<Outputs['agents']['get'], 'slots' | 'waits'>;

export interface AgentTrouble {
  deploymentId: string;
  trouble: Trouble;
  /** The wait that somebody may end, where there is one. */
  wait: Outputs['agents']['get']['waits'][number] | undefined;
}

/** What is wrong on one agent now, slot by slot. That it is silent is one thing, however many slots it has. */
export function agentTroubles({ slots, waits }: Agent, now: number): AgentTrouble[] {
  const all = slots.flatMap(({ deploymentId, health }) =>
    (healthAt(health, now)?.troubles ?? []).map((trouble) => ({
      deploymentId,
      trouble,
      wait: waits.find((one) => one.deploymentId === deploymentId),
    })),
  );
  const silent = all.find(({ trouble }) => trouble.kind === 'unproved');
  return all.filter((one) => one.trouble.kind !== 'unproved' || one === silent);
}
