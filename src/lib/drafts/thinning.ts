import type { Checkpoint } from './kept';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The older a state, the farther apart those that stay: one in each `every`, up to the age `until`. */
const STEPS = [
  { until: HOUR, every: MINUTE },
  { until: DAY, every: 15 * MINUTE },
  { until: 7 * DAY, every: 3 * HOUR },
  { until: Infinity, every: DAY },
];
const MOST_NAMED = 100;
const MOST_NAMELESS = 150;
/** All texts of one draft's checkpoints together, in UTF-16 units. */
const MOST_TEXT = 20_000_000;

/**
 * The checkpoints of one draft that can go, given the oldest first.
 *
 * The newest of each stretch of time stays, so that a day's work can be read at its ends. A name
 * keeps a state; of those too only the newest hundred stay, and all together have a size.
 */
export function thinned(checkpoints: readonly Checkpoint[], now: number): Checkpoint[] {
  const drop: Checkpoint[] = [];
  const stretches = new Set<string>();
  let [named, nameless, text] = [0, 0, 0];
  for (const checkpoint of checkpoints.toReversed()) {
    text += checkpoint.content.text.length;
    const newest = checkpoint === checkpoints.at(-1);
    if (checkpoint.name !== undefined) {
      named += 1;
      if (!newest && (named > MOST_NAMED || text > MOST_TEXT)) drop.push(checkpoint);
      continue;
    }
    const age = Math.max(0, now - checkpoint.at);
    const { every } = STEPS.find(({ until }) => age < until) ?? { every: DAY };
    const stretch = `${every}/${Math.floor(checkpoint.at / every)}`;
    const crowded = stretches.has(stretch) && age >= MINUTE;
    stretches.add(stretch);
    if (!crowded) nameless += 1;
    if (!newest && (crowded || nameless > MOST_NAMELESS || text > MOST_TEXT)) drop.push(checkpoint);
  }
  return drop;
}
