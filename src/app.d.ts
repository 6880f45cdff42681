import type { AppErrorShape } from '$lib/api/errors';

declare global {
  namespace App {
    /** What an error page gets: a stable code, what happened, what to do. */
    interface Error extends Partial<AppErrorShape> {
      message: string;
    }
  }
}

export {};
