import { useAnswer } from '$lib/ui/answer.svelte';
import { settleCheck, type CheckResult } from './recompute';

/** A check as a page follows it: undefined while it is being computed. */
export interface Check {
  readonly result: CheckResult | undefined;
}

/** Follows a check; it runs again when what `start` reads has changed. */
export function useCheck(start: () => Promise<CheckResult> | undefined): Check {
  const answer = useAnswer(() => {
    const running = start();
    return running && settleCheck(running);
  });
  return {
    get result() {
      return answer.data;
    },
  };
}
