/**
 * Where places of one version are in another. Versions never change, so what the compiler found for
 * two of them is kept, and holds for ever.
 */
import { anchorsOf, placeBy, WHOLE, type Place } from '../domain/reviews/anchor.ts';
import type { Compiler } from '../providers/compiler.ts';
import type { ExecutionTarget } from '../../src/lib/compiler/types.ts';

export interface PlanVersion {
  id: string;
  text: string;
  target: string;
}

/** How many pairs of versions are kept. */
const KEPT = 200;
/** By pair: what anchors of the one are in the other. */
const followed = new Map<string, Map<string, string | null>>();

const planOf = ({ text, target }: PlanVersion) => ({ text, target: target as ExecutionTarget });

/** Where places of one version are in another, in their order; null for those that are gone. */
export function placesIn(
  compiler: Compiler,
  places: readonly Place[],
  before: PlanVersion,
  after: PlanVersion,
): (Place | null)[] {
  if (before.text === after.text) return [...places];
  const pair = `${before.id} ${after.id}`;
  const known = followed.get(pair) ?? new Map<string, string | null>();
  const asked = [...new Set(places.flatMap(anchorsOf))].filter((anchor) => !known.has(anchor));
  if (asked.length > 0) {
    for (const { anchor, now } of compiler.follow(planOf(before), planOf(after), asked)) {
      known.set(anchor, now);
    }
    const [oldest] = followed.keys();
    if (followed.size >= KEPT && oldest !== undefined) followed.delete(oldest);
    followed.set(pair, known);
  }
  return places.map((place) => placeBy(place, known));
}

/** The stage or boundary whose statement begins on a line, as an anchor; else the plan. */
export function anchorOnLine(compiler: Compiler, version: PlanVersion, line: number): string {
  const { text, target } = planOf(version);
  const { boundaries, stages } = compiler.compile(text, target).graph;
  const begins = ({ span }: { span: { start: number } }) =>
    text.slice(0, span.start).split('\n').length === line;
  const stage = stages.find(begins);
  if (stage) return `stage:${stage.id}`;
  const boundary = boundaries.find(begins);
  return boundary ? `boundary:${boundary.id}` : WHOLE;
}
