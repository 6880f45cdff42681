import { compiler, type DiffRequest, type SemanticDiff } from '$lib/compiler';
import { useAnswer } from '$lib/ui/answer.svelte';

/** A semantic difference as a page follows it. */
export interface SemanticDiffView {
  readonly diff: SemanticDiff | undefined;
  readonly error: { code: string; message: string; help?: string } | undefined;
}

/** Compares two specs or two plans in the compiler; follows what `sides` reads. */
export function useSemanticDiff(sides: () => DiffRequest | undefined): SemanticDiffView {
  const answer = useAnswer(() => {
    const wanted = sides();
    return wanted && compiler().call('diff', wanted);
  });
  return {
    get diff() {
      return answer.data;
    },
    get error() {
      return answer.error === undefined ? undefined : worded(answer.error);
    },
  };
}

function worded(cause: unknown): NonNullable<SemanticDiffView['error']> {
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause
      ? String(cause.code)
      : 'internal';
  return {
    code,
    message: cause instanceof Error ? cause.message : 'The two can’t be compared in this browser.',
    help: 'Reload the page. The text differences below don’t need the compiler.',
  };
}
