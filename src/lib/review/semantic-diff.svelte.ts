import { compiler, type DiffRequest, type SemanticDiff } from '$lib/compiler';

/** A semantic difference as a page follows it. */
export interface SemanticDiffView {
  readonly diff: SemanticDiff | undefined;
  readonly error: { code: string; message: string; help?: string } | undefined;
}

/** Compares two specs or two plans in the compiler; follows what `sides` reads. */
export function useSemanticDiff(sides: () => DiffRequest | undefined): SemanticDiffView {
  let diff = $state.raw<SemanticDiff | undefined>();
  let error = $state.raw<SemanticDiffView['error']>();
  $effect(() => {
    let current = true;
    const wanted = sides();
    diff = undefined;
    error = undefined;
    if (wanted !== undefined) {
      compiler()
        .call('diff', wanted)
        .then(
          (answer) => {
            if (current) diff = answer;
          },
          (cause: unknown) => {
            if (current) error = worded(cause);
          },
        );
    }
    return () => {
      current = false;
    };
  });
  return {
    get diff() {
      return diff;
    },
    get error() {
      return error;
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
