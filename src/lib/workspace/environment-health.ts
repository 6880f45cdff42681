import type { Tone } from '$lib/ui/Badge.svelte';
import type { IconName } from '$lib/ui/icons';
import { runsWords, type SLOT_KINDS, type SlotDeployment, type SlotState } from './slot-state';

/** How an environment is at a glance: a shape and a word, which the colour repeats. */
export interface EnvironmentLook {
  words: string;
  tone: Extract<Tone, 'ok' | 'warn' | 'danger' | 'neutral'>;
  icon: IconName;
}

type Slot = SlotState<SlotDeployment>;

/** Of all that is wanted to run in an environment, the worst. */
export function lookOfEnvironment(slots: readonly Slot[]): EnvironmentLook {
  const of = (kind: (typeof SLOT_KINDS)[number]) => slots.filter((slot) => slot.kind === kind);
  const down = slots.flatMap(({ notRunning }) => notRunning).length;
  const hurt = slots.flatMap(({ needLook }) => needLook).length;
  const deployments = (count: number) => `${count} deployment${count === 1 ? '' : 's'}`;
  if (down > 0) {
    return { words: `${deployments(down)} not running`, tone: 'danger', icon: 'error' };
  }
  if (hurt > 0) {
    const verb = hurt === 1 ? 'needs' : 'need';
    return { words: `${deployments(hurt)} ${verb} a look`, tone: 'warn', icon: 'warning' };
  }
  const [stopping, moving, mixed] = [of('stopping'), of('moving'), of('mixed')];
  if (stopping.length > 0) {
    return { words: `${named(stopping)} stopping`, tone: 'neutral', icon: 'half' };
  }
  if (moving.length > 0) {
    return { words: `${held(moving)}; more follow`, tone: 'neutral', icon: 'half' };
  }
  if (mixed.length > 0) return { words: held(mixed), tone: 'neutral', icon: 'compare' };
  if (of('starting').length > 0) return { words: 'starting', tone: 'neutral', icon: 'half' };
  const stopped = of('stopped');
  if (stopped.length > 0) {
    return { words: `${named(stopped)} stopped`, tone: 'neutral', icon: 'stop' };
  }
  if (of('as_desired').length > 0) return { words: 'all as desired', tone: 'ok', icon: 'dot' };
  return { words: 'nothing runs', tone: 'neutral', icon: 'ring' };
}

/** One slot by its name, more by their number. */
function named(slots: readonly Slot[]): string {
  const [one] = slots;
  return one && slots.length === 1 ? `slot ${one.slot} is` : `${slots.length} slots are`;
}

/** What one slot's agents run; where there are more, the slots' own table says it. */
function held(slots: readonly Slot[]): string {
  const [one] = slots;
  return one && slots.length === 1
    ? `${one.slot}: ${runsWords(one.runs)}`
    : `${slots.length} slots run more than one version`;
}
