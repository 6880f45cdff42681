/**
 * Where places of one version are in another. Versions never change, so what was worked out for two
 * of them is kept, and holds for ever.
 */
import { follow, type Elements, type Place, type Renames } from '../domain/reviews/anchor.ts';
import type { Compiler } from '../providers/compiler.ts';
import type { ExecutionTarget } from '../../src/lib/compiler/types.ts';

export interface PlanVersion {
  id: string;
  text: string;
  target: string;
}

const KEPT = 200;
const elements = new Map<string, Elements>();
const renames = new Map<string, Renames>();

function kept<Value>(cache: Map<string, Value>, key: string, make: () => Value): Value {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make();
  const [oldest] = cache.keys();
  if (cache.size >= KEPT && oldest !== undefined) cache.delete(oldest);
  cache.set(key, value);
  return value;
}

const planOf = ({ text, target }: PlanVersion) => ({ text, target: target as ExecutionTarget });

export function elementsOf(compiler: Compiler, version: PlanVersion): Elements {
  return kept(elements, version.id, () => {
    const { text, target } = planOf(version);
    const { graph } = compiler.compile(text, target);
    const breaks = [...text.matchAll(/\n/g)].map(({ index }) => index);
    const lineAt = (offset: number): number => {
      const after = breaks.findIndex((place) => place >= offset);
      return (after === -1 ? breaks.length : after) + 1;
    };
    return {
      lines: new Map(
        [...graph.boundaries, ...graph.stages, ...graph.connections].map(({ id, span }) => [
          id,
          lineAt(span.start),
        ]),
      ),
      text: text.split('\n').map((line) => line.trimEnd()),
    };
  });
}

function renamesOf(compiler: Compiler, before: PlanVersion, after: PlanVersion): Renames {
  return kept(renames, `${before.id} ${after.id}`, () => {
    const { changes } = compiler.diffPlans(planOf(before), planOf(after));
    return new Map(
      changes.flatMap(({ class: what, id, before_id }) =>
        what === 'renamed' && before_id !== null ? [[before_id, id]] : [],
      ),
    );
  });
}

/** Where a place of one version is in another, or null when it is gone. */
export function placeIn(
  compiler: Compiler,
  place: Place,
  before: PlanVersion,
  after: PlanVersion,
): Place | null {
  if (before.id === after.id || before.text === after.text) return place;
  return follow(
    place,
    elementsOf(compiler, before),
    elementsOf(compiler, after),
    renamesOf(compiler, before, after),
  );
}
