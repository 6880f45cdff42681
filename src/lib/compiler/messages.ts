import type { WorkerAnswer } from './client';
import type { CompilerOperation } from './operations';

/** What the page asks of a compiler worker. `start` comes first, and once. */
export type WorkerQuestion =
  | { id: number; operation: 'start' }
  | { id: number; operation: CompilerOperation; request: string };

/** What a worker says to the question with that id; to `start`, nothing but that it is done. */
export type WorkerMessage =
  { id: number; answer: WorkerAnswer | null } | { id: number; failure: string };
