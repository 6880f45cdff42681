/**
 * What an agent is told to run in one slot, as rules over all its deployments there: at most one is
 * `run`, and what stands by (`fallback`) is what the agent still has and may go back to. An agent never
 * goes back behind an epoch that it proved, so nothing stands by for what was confirmed.
 */
import type { DesiredState } from '../deployments/health.ts';

/** One deployment's place in a slot of an agent. */
export interface Wish {
  deploymentId: string;
  epoch: number;
  desired: DesiredState | null;
  /** What is desired again when the slot is resumed; null where the slot isn't stopped. */
  held: DesiredState | null;
  /** The agent proved it active. */
  confirmed: boolean;
  /** It is a roll back: what it left isn't to come back by itself. */
  rollback: boolean;
}

/** Wishes that become another one; those that aren't named stay. */
export type Changes = Map<string, { desired: DesiredState; held: DesiredState | null }>;

const is = (...states: (DesiredState | null)[]) => {
  return (wish: Wish) => states.includes(wish.desired);
};
const to = (desired: DesiredState, held: DesiredState | null = null) => ({ desired, held });

/**
 * A deployment is wanted. What ran stands by for it, unless that is what a person rolled back
 * (`leaving`) or stopped: that is over.
 */
export function want(wishes: readonly Wish[], id: string, leaving: string | null): Changes {
  const changes: Changes = new Map();
  for (const wish of wishes) {
    if (wish.deploymentId === id) changes.set(id, to('run'));
    else if (wish.held !== null) changes.set(wish.deploymentId, to('stop'));
    else if (wish.deploymentId === leaving && is('run', 'fallback')(wish))
      changes.set(wish.deploymentId, to('stop'));
    else if (is('run')(wish)) changes.set(wish.deploymentId, to('fallback'));
  }
  return changes;
}

/** The agent proved it: whatever else was wanted there, is over. */
export function settle(wishes: readonly Wish[], id: string): Changes {
  const others = wishes.filter((wish) => wish.deploymentId !== id);
  return new Map(
    others
      .filter((wish) => is('run', 'fallback')(wish) || wish.held !== null)
      .map((wish) => [wish.deploymentId, to('stop')]),
  );
}

/**
 * A deployment failed, was displaced or taken back. Where the agent proved it, it stays; elsewhere what
 * stood by is desired again. A roll back with nothing standing by stays desired: no automation brings
 * back what a person left.
 */
export function giveUp(wishes: readonly Wish[], id: string): Changes {
  const wish = wishes.find((one) => one.deploymentId === id);
  if (!wish || wish.confirmed || !(is('run', 'fallback')(wish) || wish.held !== null)) {
    return new Map();
  }
  const standby = standbyOf(wishes, id);
  if (wish.rollback && is('run')(wish) && !standby) return new Map();
  return ended(wish, standby);
}

/** A deployment must not run any more, proved or not. Nothing takes the place of what was proved. */
export function forbid(wishes: readonly Wish[], id: string): Changes {
  const wish = wishes.find((one) => one.deploymentId === id);
  if (!wish || !(is('run', 'fallback')(wish) || wish.held !== null)) return new Map();
  return ended(wish, wish.confirmed ? null : standbyOf(wishes, id));
}

function ended(wish: Wish, standby: Wish | null): Changes {
  const changes: Changes = new Map([[wish.deploymentId, to('stop')]]);
  if (!standby) return changes;
  if (wish.desired === 'run') changes.set(standby.deploymentId, to('run'));
  // In a stopped slot nothing is desired; what is resumed is what stood by.
  if (wish.held === 'run') changes.set(standby.deploymentId, to('stop', 'run'));
  return changes;
}

function standbyOf(wishes: readonly Wish[], id: string): Wish | null {
  return (
    wishes
      .filter((one) => one.deploymentId !== id && (one.held ?? one.desired) === 'fallback')
      .sort((a, b) => b.epoch - a.epoch)[0] ?? null
  );
}

/** A person stopped the slot: nothing is desired in it. */
export function hold(wishes: readonly Wish[]): Changes {
  return new Map(
    wishes
      .filter(is('run', 'fallback'))
      .map((wish) => [wish.deploymentId, to('stop', wish.desired)]),
  );
}

/** A person resumed it: what was desired is so again. */
export function resume(wishes: readonly Wish[]): Changes {
  return new Map(
    wishes.flatMap(({ deploymentId, held }) => (held ? [[deploymentId, to(held)] as const] : [])),
  );
}

/**
 * Whether an agent keeps what it proved although that failed elsewhere, or was left, while it was on its
 * way: it can't go back behind this epoch. Not where something newer is wanted, nor in a stopped slot.
 */
export function staysAfterAll(
  wishes: readonly Pick<Wish, 'epoch' | 'desired' | 'held'>[],
  epoch: number,
): boolean {
  return !wishes.some(
    ({ held, desired, epoch: other }) =>
      held !== null || (other > epoch && (desired === 'run' || desired === 'fallback')),
  );
}

/** The agent will never be heard again. */
export function abandon(wishes: readonly Wish[]): Changes {
  return new Map(
    wishes
      .filter((wish) => is('run', 'fallback')(wish) || wish.held !== null)
      .map((wish) => [wish.deploymentId, to('stop')]),
  );
}

/** The wishes after changes. */
export function after(wishes: readonly Wish[], changes: Changes): Wish[] {
  return wishes.map((wish) => ({ ...wish, ...changes.get(wish.deploymentId) }));
}
