/** An agent that does what it is told, by the protocol, without a runtime; and can be made to fail. */
import { enrollTestAgent, type TestServer } from './harness.ts';

interface Told {
  slot: string;
  deployment_id: string;
  epoch: number;
  state: string;
  try_now?: string;
}
interface Runs {
  deploymentId: string;
  epoch: number;
  since: string;
}
/** How it ends with whatever it is told to run; null: well. */
type Fails = { phase: 'refused' | 'retrying' | 'fell_back' | 'failed'; code: string } | null;

export type ObedientAgent = Awaited<ReturnType<typeof obedientAgent>>;

export async function obedientAgent(server: TestServer, environmentId: string, name: string) {
  const agent = await enrollTestAgent(server, environmentId, { name });
  const instant = (seconds = 0) =>
    new Date(server.services.clock.now().getTime() + seconds * 1000).toISOString();
  let runs = new Map<string, Runs>();
  const attempts = new Map<string, Record<string, unknown>>();
  let tries = 0;
  const told = { last: [] as Told[] };
  const self = {
    id: agent.id,
    name,
    fails: null as Fails,
    /** What it was told last. */
    told,
    /** One heartbeat: says what it does, and does what it hears. */
    async beat(): Promise<Told[]> {
      const desired = await self.heard();
      for (const one of desired) self.obey(one);
      return desired;
    },
    /** Says what it does, and does nothing of what it hears. */
    async heard(): Promise<Told[]> {
      const slots = new Set([...runs.keys(), ...attempts.keys()]);
      const { desired } = await agent.heartbeat(
        [...slots].map((slot) => {
          const running = runs.get(slot);
          return {
            slot,
            running: running
              ? {
                  deployment_id: running.deploymentId,
                  deployment_digest: 'sha256:x',
                  epoch: running.epoch,
                  bundle_hash: 'sha256:x',
                  since: running.since,
                }
              : null,
            attempted: attempts.get(slot) ?? null,
            snapshot: null,
            last_words: running ? ['started'] : [],
            tried_words: self.fails ? ['the last words'] : [],
          };
        }),
      );
      told.last = desired;
      return desired;
    },
    /** One heartbeat with a report of a slot that this agent wouldn't think of by itself. */
    says: (slot: string, report: Record<string, unknown>) =>
      agent.heartbeat([{ slot, snapshot: null, last_words: [], ...report }]),
    obey(one: Told) {
      const { slot, deployment_id: deploymentId, epoch, state } = one;
      if (state === 'stop') {
        runs.delete(slot);
        return;
      }
      if (runs.get(slot)?.deploymentId === deploymentId) return;
      const attempt = { deployment_id: deploymentId, epoch, at: instant() };
      if (self.fails) {
        tries += 1;
        const { phase, code } = self.fails;
        const again = phase === 'retrying' || phase === 'fell_back';
        attempts.set(slot, {
          ...attempt,
          phase,
          code,
          message: `because of ${code}`,
          tries,
          ...(again ? { next_try_at: instant(120) } : {}),
        });
        return;
      }
      runs.set(slot, { deploymentId, epoch, since: instant() });
      attempts.set(slot, { ...attempt, phase: 'active' });
    },
    runs: (slot: string) => runs.get(slot)?.deploymentId ?? null,
    /** Its disk, to be put back later. */
    disk: () => new Map(runs),
    restore(disk: Map<string, Runs>) {
      runs = new Map([...disk].map(([slot, one]) => [slot, { ...one, since: instant() }]));
      attempts.clear();
    },
    crash(slot: string) {
      runs.delete(slot);
    },
  };
  return self;
}

/** Heartbeats of all, so often that what one of them proves has reached the others. */
export async function beats(agents: readonly ObedientAgent[], times = 3): Promise<void> {
  for (let time = 0; time < times; time += 1) for (const agent of agents) await agent.beat();
}
