import { getContext, setContext } from 'svelte';

/** Shows the problems of an element or connection beside the thing that was clicked. */
export type ShowProblems = (id: string, beside: HTMLElement) => void;

const KEY = Symbol('problems');

/** Lets what stands on the canvas show its problems. */
export function provideProblems(show: ShowProblems): void {
  setContext(KEY, show);
}

/** How a node or wire shows its problems; null where nothing can. */
export function useProblems(): ShowProblems | null {
  return getContext<ShowProblems | undefined>(KEY) ?? null;
}

const CASES = Symbol('cases');

/** Lets what stands on the canvas show the cases that fail there. */
export function provideCases(show: (id: string) => void): void {
  setContext(CASES, show);
}

/** How a node shows the cases that fail there; null where nothing can. */
export function useCases(): ((id: string) => void) | null {
  return getContext<((id: string) => void) | undefined>(CASES) ?? null;
}
