import { CompilerClient, type CompilerState } from './client';
import { connectToWorker } from './connect';

export { CompilerClient, type CompilerState } from './client';
export { CompilerError } from './errors';
export { NewestWins } from './newest-wins';
export type * from './operations';
export { tokenModifiers, tokenTypes } from './tokens';
export type * from './types';

let shared: CompilerClient | null = null;
const listeners = new Set<(state: CompilerState) => void>();

/**
 * The page's one compiler; started on first use and kept for the life of the page.
 * Loading takes a moment, so every view shares the same worker.
 */
export function compiler(): CompilerClient {
  shared ??= new CompilerClient({
    connect: () => connectToWorker(),
    onState: (state) => {
      for (const listener of listeners) listener(state);
    },
  });
  return shared;
}

/** Tells `listener` the compiler's state now and whenever it changes; returns the way to stop. */
export function onCompilerState(listener: (state: CompilerState) => void): () => void {
  listeners.add(listener);
  listener(compiler().state);
  return () => listeners.delete(listener);
}
