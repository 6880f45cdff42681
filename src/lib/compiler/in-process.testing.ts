// The real package in this process, behind the same client that the page uses. For tests.
import { readFileSync } from 'node:fs';
import * as wasm from '../../../wasm/pkg/byteor_pipeline_wasm.js';
import { CompilerClient } from './client';
import type { CompilerOperation } from './operations';

wasm.initSync({
  module: readFileSync(new URL('../../../wasm/pkg/byteor_pipeline_wasm_bg.wasm', import.meta.url)),
});

export const compilerInProcess = new CompilerClient({
  connect: () => ({
    start: () => Promise.resolve(),
    call: (operation: CompilerOperation, request: string) =>
      Promise.resolve({
        kind: 'answered',
        json: (wasm as unknown as Record<string, (request: string) => string>)[operation]!(request),
      }),
    close: () => undefined,
  }),
});
