import type { CanvasOverlay } from '$lib/canvas/overlay';
import type { Compared } from './compare';
import { casesOfBoth, overlayOfBoth, runBoth, type BothRuns, type CaseOfBoth } from './run-both';

/** Records to run both sides on: those of a sample or case of either, or what somebody wrote. */
export interface Records {
  id: string;
  label: string;
  records: readonly string[];
}

/** What both sides have to run on, each once. */
export function recordsOf({ before, after }: Compared): Records[] {
  const found: Records[] = [];
  for (const side of [after, before]) {
    for (const [id, { name, records }] of Object.entries(side.samples))
      found.push({ id: `sample:${id}`, label: `${name} (sample of ${side.name})`, records });
    for (const [id, { name, input }] of Object.entries(side.cases))
      found.push({
        id: `case:${id}`,
        label: `${name} (case of ${side.name})`,
        records: Object.values(input).flat(),
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

  async run(compared: Compared, records: readonly string[]): Promise<void> {
    this.busy = true;
    this.error = null;
    try {
      const runs = await runBoth(compared, records);
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
