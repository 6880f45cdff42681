import { compiler, type SpecDiff } from '$lib/compiler';

/** A semantic difference as a page follows it. */
export interface SpecDiffView {
  readonly diff: SpecDiff | undefined;
  readonly error: { code: string; message: string; help?: string } | undefined;
}

/** Compares two specs by their canonical KV, in the compiler; follows what `sides` reads. */
export function useSpecDiff(
  sides: () => { before: string; after: string } | undefined,
): SpecDiffView {
  let diff = $state.raw<SpecDiff | undefined>();
  let error = $state.raw<SpecDiffView['error']>();
  $effect(() => {
    let current = true;
    const wanted = sides();
    diff = undefined;
    error = undefined;
    if (wanted !== undefined) {
      compiler()
        .call('diff', { before: { kv: wanted.before }, after: { kv: wanted.after } })
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

function worded(cause: unknown): NonNullable<SpecDiffView['error']> {
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
