// The real packages in this process, behind the same client that the page uses. For tests.
import { operations } from '../../../wasm/tests/packages';
import { CompilerClient } from './client';
import type { CompilerOperation } from './operations';

export const compilerInProcess = new CompilerClient({
  connect: () => ({
    start: () => Promise.resolve(),
    call: (operation: CompilerOperation, request: string) =>
      Promise.resolve({
        kind: 'answered',
        json: operations[operation](request),
      }),
    close: () => undefined,
  }),
});
