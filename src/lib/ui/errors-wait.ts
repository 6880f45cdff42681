import { getContext, setContext } from 'svelte';

const KEY = Symbol('errors wait');

/**
 * Within a form that says so, what is wrong with a field isn't shown before somebody left the field: nobody
 * did anything wrong in a form that was just opened.
 */
export function setErrorsWait(wait: () => boolean): void {
  setContext(KEY, wait);
}

/** Whether errors wait here; to be asked for while a component begins. */
export function getErrorsWait(): () => boolean {
  return getContext<(() => boolean) | undefined>(KEY) ?? (() => false);
}
