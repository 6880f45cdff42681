/** What a request changes, in counts: for lists, where nobody waits for a whole comparison. */
import type { SemanticDiff } from '../../src/lib/compiler/types.ts';
import { ByteorError } from '../errors.ts';
import type { Compiler } from '../providers/compiler.ts';

interface ChangeSummary {
  total: number;
  counts: SemanticDiff['counts'];
  /** Capabilities that it needs and what runs there doesn't have. */
  needs: string[];
}

interface Spec {
  specHash: string;
  specKv: string;
}

/** Specs never change, so what two of them differ in is found once. */
const KEPT = 500;
const found = new Map<string, ChangeSummary | { code: string }>();

/** The counts between two specs, or the code of why they can't be compared. */
export function changesBetween(
  compiler: Compiler,
  before: Spec,
  after: Spec,
): ChangeSummary | { code: string } {
  const key = `${before.specHash} ${after.specHash}`;
  const kept = found.get(key);
  if (kept) return kept;
  const summary = summarize(compiler, before, after);
  const [oldest] = found.keys();
  if (found.size >= KEPT && oldest !== undefined) found.delete(oldest);
  found.set(key, summary);
  return summary;
}

function summarize(
  compiler: Compiler,
  before: Spec,
  after: Spec,
): ChangeSummary | { code: string } {
  try {
    const {
      total,
      counts,
      capabilities_needed: needs,
    } = compiler.diffSpecs(before.specKv, after.specKv);
    return { total, counts, needs };
  } catch (error) {
    // A spec that this compiler can't read is a fact of the list, not a failure of it.
    if (error instanceof ByteorError) return { code: error.code };
    throw error;
  }
}
