import type { SemanticDiff } from '$lib/compiler';
import { byRisk, type Change } from '$lib/review/change-classes';

type Severity = Change['severity'];
const rank: Record<Severity, number> = { risk: 0, caution: 1, info: 2 };

const bySeverity = <T extends { severity: Severity }>(things: readonly T[]): T[] =>
  [...things].sort((a, b) => rank[a.severity] - rank[b.severity]);

export interface RiskyChange {
  change: Change;
  /** What follows from it, the gravest first; no more than two sentences. */
  follows: string[];
}

/** The changes that cost most to overlook, by the compiler's own judgement of what follows. */
export function riskiest(diff: SemanticDiff, most: number): RiskyChange[] {
  return bySeverity(byRisk(diff.changes))
    .slice(0, most)
    .map((change) => ({
      change,
      follows: bySeverity(change.consequences)
        .slice(0, 2)
        .map(({ text }) => text),
    }));
}
