import { settleCheck, type CheckResult } from './recompute';

/** A check as a page follows it: undefined while it is being computed. */
export interface Check {
  readonly result: CheckResult | undefined;
}

/**
 * Follows a check; it runs again when what `start` reads has changed, and a late answer about
 * something that is no longer shown is dropped. `start` answers undefined while it lacks something.
 */
export function useCheck(start: () => Promise<CheckResult> | undefined): Check {
  let result = $state.raw<CheckResult | undefined>();
  $effect(() => {
    let current = true;
    const running = start();
    result = undefined;
    if (running !== undefined) {
      void settleCheck(running).then((answer) => {
        if (current) result = answer;
      });
    }
    return () => {
      current = false;
    };
  });
  return {
    get result() {
      return result;
    },
  };
}
