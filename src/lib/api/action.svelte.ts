import { describeError, type AppErrorShape } from './errors';

/** One thing a person does on a page: under way, refused with an error, or neither. */
export class Action {
  busy = $state(false);
  error = $state.raw<AppErrorShape | undefined>();

  /** Runs `work` unless it is already under way. Answers undefined when it failed or didn't run. */
  async run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (this.busy) return undefined;
    this.busy = true;
    this.error = undefined;
    try {
      return await work();
    } catch (error) {
      this.error = describeError(error);
      return undefined;
    } finally {
      this.busy = false;
    }
  }

  clear(): void {
    this.error = undefined;
  }
}
