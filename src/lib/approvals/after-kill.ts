/** One of the compiler's sentences about what a kill may change of what leaves. */
export interface PromiseLine {
  text: string;
  /** Beside what runs there now: it holds no more, or didn't hold before. */
  became: 'kept' | 'removed' | 'added';
}

/** What a plan promises, with what is gone of the promise of the one that runs; that one is null where none does. */
export function promiseLines(
  before: readonly string[] | null,
  after: readonly string[],
): PromiseLine[] {
  const gone = (before ?? []).filter((text) => !after.includes(text));
  return [
    ...gone.map((text) => ({ text, became: 'removed' as const })),
    ...after.map((text) => ({
      text,
      became: before === null || before.includes(text) ? ('kept' as const) : ('added' as const),
    })),
  ];
}
