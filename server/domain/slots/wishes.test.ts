/**
 * Whatever happens to the deployments of a slot of an agent, in whatever order: never are two desired, a
 * roll back isn't undone by any automation, a stopped slot desires nothing, and an agent isn't told to go
 * back behind what it proved.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as wishes from './wishes.ts';

/** What happens, by machines and by people, to the deployment of an epoch. */
type Step =
  | { kind: 'ship' | 'rollBack' | 'prove' | 'fail' | 'forbid'; epoch: number }
  | { kind: 'stop' | 'resume' | 'abandon' };

const epochs = fc.integer({ min: 1, max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('ship', 'rollBack', 'prove', 'fail', 'forbid'),
    epoch: epochs,
  }),
  fc.record({ kind: fc.constantFrom('stop', 'resume', 'abandon') }),
) as fc.Arbitrary<Step>;

/** A slot of one agent. */
class World {
  all: wishes.Wish[] = [];
  stopped = false;
  /** The highest epoch that the agent proved. */
  proved = 0;
  /** What a person rolled back. */
  readonly left = new Set<string>();

  happen(step: Step) {
    const id = 'epoch' in step ? `d${step.epoch}` : '';
    switch (step.kind) {
      case 'ship':
      case 'rollBack': {
        // Epochs count up, and nothing begins in a slot that is stopped.
        const newest = Math.max(0, ...this.all.map((wish) => wish.epoch));
        if (this.stopped) return;
        const epoch = newest + 1;
        const leaving = step.kind === 'rollBack' && this.current() ? this.current() : null;
        const made = `d${epoch}`;
        this.all.push({
          deploymentId: made,
          epoch,
          desired: null,
          held: null,
          confirmed: false,
          rollback: leaving !== null,
        });
        if (leaving) this.left.add(leaving);
        return this.apply(wishes.want(this.all, made, leaving), 'person');
      }
      case 'prove': {
        const wish = this.all.find((one) => one.deploymentId === id);
        if (wish?.desired !== 'run') return;
        wish.confirmed = true;
        this.proved = Math.max(this.proved, wish.epoch);
        return this.apply(wishes.settle(this.all, id), 'machine');
      }
      case 'fail':
        return this.apply(wishes.giveUp(this.all, id), 'machine');
      case 'forbid':
        return this.apply(wishes.forbid(this.all, id), 'person');
      case 'stop':
        this.stopped = true;
        return this.apply(wishes.hold(this.all), 'person');
      case 'resume':
        this.stopped = false;
        return this.apply(wishes.resume(this.all), 'person');
      case 'abandon':
        return this.apply(wishes.abandon(this.all), 'person');
    }
  }

  current(): string | null {
    return this.all.find((wish) => wish.desired === 'run')?.deploymentId ?? null;
  }

  private apply(changes: wishes.Changes, by: 'person' | 'machine') {
    const before = this.current();
    this.all = wishes.after(this.all, changes);
    const desired = this.all.filter((wish) => wish.desired === 'run');
    expect(desired.length).toBeLessThanOrEqual(1);
    for (const wish of this.all) {
      // Told to run is only what the agent still may start.
      if (wish.desired === 'run') expect(wish.epoch).toBeGreaterThanOrEqual(this.proved);
      if (wish.held) expect(wish.desired).toBe('stop');
      if (this.left.has(wish.deploymentId)) expect(wish.desired).not.toBe('run');
    }
    if (this.stopped) expect(desired).toEqual([]);
    // What is left behind never comes back by a machine, and a machine ends no roll back for nothing.
    const rollsBack = this.all.find((wish) => wish.deploymentId === before)?.rollback;
    if (by === 'machine' && before && rollsBack && !this.stopped) {
      expect(this.current()).not.toBeNull();
    }
  }
}

describe('the wishes of a slot of an agent', () => {
  it('hold in every order of events', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const world = new World();
        for (const one of steps) world.happen(one);
      }),
      { numRuns: 2000 },
    );
  });

  const wish = (epoch: number, more: Partial<wishes.Wish> = {}): wishes.Wish => ({
    deploymentId: `d${epoch}`,
    epoch,
    desired: null,
    held: null,
    confirmed: false,
    rollback: false,
    ...more,
  });
  const desiredAfter = (all: wishes.Wish[], changes: wishes.Changes) =>
    wishes.after(all, changes).map((one) => one.desired);

  it('bring back what stood by where the newer one failed before it was proved', () => {
    const all = [wish(1, { desired: 'fallback', confirmed: true }), wish(2, { desired: 'run' })];
    expect(desiredAfter(all, wishes.giveUp(all, 'd2'))).toEqual(['run', 'stop']);
  });

  it('keep what the agent proved where another agent failed', () => {
    const all = [wish(1, { desired: 'stop' }), wish(2, { desired: 'run', confirmed: true })];
    expect(wishes.giveUp(all, 'd2').size).toBe(0);
    // Where its approval is revoked it ends there too, and nothing older takes its place.
    expect(desiredAfter(all, wishes.forbid(all, 'd2'))).toEqual(['stop', 'stop']);
  });

  it('keep a roll back wanted where it failed: what was left is not the answer', () => {
    const before = [wish(2, { desired: 'run', confirmed: true }), wish(3, { rollback: true })];
    const all = wishes.after(before, wishes.want(before, 'd3', 'd2'));
    expect(all.map((one) => one.desired)).toEqual(['stop', 'run']);
    expect(desiredAfter(all, wishes.giveUp(all, 'd3'))).toEqual(['stop', 'run']);
  });

  it('come back as they were when a slot is resumed, also when one of them failed meanwhile', () => {
    const all = [wish(1, { desired: 'fallback', confirmed: true }), wish(2, { desired: 'run' })];
    const held = wishes.after(all, wishes.hold(all));
    expect(desiredAfter(held, wishes.resume(held))).toEqual(['fallback', 'run']);
    const failed = wishes.after(held, wishes.giveUp(held, 'd2'));
    expect(failed.map((one) => one.desired)).toEqual(['stop', 'stop']);
    expect(desiredAfter(failed, wishes.resume(failed))).toEqual(['run', 'stop']);
  });
});

describe('what an agent proved although it failed elsewhere', () => {
  const wish = (epoch: number, desired: wishes.Wish['desired'], held: typeof desired = null) => ({
    epoch,
    desired,
    held,
  });
  it.each([
    ['nothing else is wanted', [wish(5, 'stop')], true],
    ['an older one came back', [wish(5, 'stop'), wish(4, 'run')], true],
    ['an older one stands by', [wish(5, 'run'), wish(4, 'fallback')], true],
    ['a newer one is wanted', [wish(5, 'stop'), wish(6, 'run')], false],
    ['a newer one stands by', [wish(5, 'stop'), wish(6, 'fallback'), wish(7, 'run')], false],
    ['a newer one is over', [wish(5, 'stop'), wish(6, 'stop')], true],
    ['the slot is stopped', [wish(5, 'stop'), wish(4, 'stop', 'run')], false],
    ['it is held itself', [wish(5, 'stop', 'run')], false],
  ] as const)('%s', (_, all, stays) => {
    expect(wishes.staysAfterAll(all, 5)).toBe(stays);
  });
});
