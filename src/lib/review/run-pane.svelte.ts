import type { CanvasOverlay } from '$lib/canvas/overlay';
import { casesOfBoth, type CaseOfBoth } from './cases-of-both';
import type { Compared } from './compare';
import { ingressesOf, overlayOfBoth, runBoth, type BothRuns, type InputOfBoth } from './run-both';

/** Records to run both sides on: those of a sample or case of either. */
export interface Records {
  id: string;
  label: string;
  /** How many records there are. */
  count: number;
  input: InputOfBoth;
}

/** The same records into each ingress, as the editor's run does it. */
export function intoEach(compared: Pick<Compared, 'union'>, records: readonly string[]) {
  return Object.fromEntries(ingressesOf(compared).map((ingress) => [ingress, records]));
}

/** What both sides have to run on, each once: samples go into each ingress, cases where they say. */
export function recordsOf(compared: Compared): Records[] {
  const { before, after, union } = compared;
  const found: Records[] = [];
  for (const side of [after, before]) {
    const which = side === after ? 'after' : 'before';
    /** Records go in by the ids of the version after. */
    const idOf = (ingress: string) => {
      const anchor = union.anchorOf(which, ingress);
      return union.elements.find(({ id }) => id === anchor)?.after?.id ?? ingress;
    };
    for (const [id, { name, records }] of Object.entries(side.samples))
      found.push({
        id: `sample:${id}`,
        label: `${name} (sample of ${side.name})`,
        count: records.length,
        input: intoEach(compared, records),
      });
    for (const [id, { name, input }] of Object.entries(side.cases))
      found.push({
        id: `case:${id}`,
        label: `${name} (case of ${side.name})`,
        count: Object.values(input).flat().length,
        input: Object.fromEntries(
          Object.entries(input).map(([ingress, records]) => [idOf(ingress), records]),
        ),
      });
  }
  return found.filter(({ id }, at) => found.findIndex((other) => other.id === id) === at);
}

/** A run of both sides, as the page shows it. */
export class RunOfBoth {
  runs = $state.raw<BothRuns | null>(null);
  cases = $state.raw<readonly CaseOfBoth[] | null>(null);
  /** The comparison that was run. */
  of = $state.raw<Compared | null>(null);
  busy = $state(false);
  error = $state.raw<string | null>(null);

  /** What stands on the graph; null where nothing was run of what is shown. */
  overlay(compared: Compared | undefined): CanvasOverlay | null {
    return this.runs && this.of && this.of === compared ? overlayOfBoth(this.runs, this.of) : null;
  }

  async run(compared: Compared, input: InputOfBoth): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      const runs = await runBoth(compared, input);
      this.runs = runs;
      this.of = compared;
      this.cases = await casesOfBoth(compared);
    } catch (cause) {
      this.error = cause instanceof Error ? cause.message : String(cause);
    } finally {
      this.busy = false;
    }
  }
}
