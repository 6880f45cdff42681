/**
 * Runs cases in a thread of its own, one after the other, and tells of each as it comes: whoever
 * started this thread ends it when it takes too long.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import type { RunAnswer, RunRequest } from '../../src/lib/compiler/types.ts';
import { withMemoryLimit } from './wasm-memory.ts';

/** What the thread is given. */
export interface CaseWork {
  /** The folder of the package that runs stages. */
  packages: string;
  /** The most memory of the package, in pages of 64 KiB. */
  pages: number;
  requests: RunRequest[];
}

/** What it says of each request, in their order. */
export type ThreadAnswer =
  | { kind: 'answered'; answer: RunAnswer }
  | { kind: 'refused'; code: string; message: string }
  /** The package stopped, and can't be used again: the thread ends. */
  | { kind: 'trapped'; code: string; message: string };

interface StagesModule {
  initSync(options: { module: Uint8Array }): unknown;
  run_once(json: string): string;
}

type Envelope =
  { ok: true; value: RunAnswer } | { ok: false; error: { code: string; message: string } };

const { packages, pages, requests } = workerData as CaseWork;
const stages = (await import(
  pathToFileURL(join(packages, 'byteor_stages_wasm.js')).href
)) as StagesModule;
const binary = readFileSync(join(packages, 'byteor_stages_wasm_bg.wasm'));
stages.initSync({ module: withMemoryLimit(binary, pages) });

for (const request of requests) {
  const answer = ask(request);
  parentPort?.postMessage(answer);
  if (answer.kind === 'trapped') break;
}

function ask(request: RunRequest): ThreadAnswer {
  let json: string;
  try {
    json = stages.run_once(JSON.stringify(request));
  } catch {
    // What the package does when it may have no more memory; there is no other way that it stops.
    const message = 'The case was ended: it takes more memory than cases may have.';
    return { kind: 'trapped', code: 'case_memory', message };
  }
  const envelope = JSON.parse(json) as Envelope;
  if (envelope.ok) return { kind: 'answered', answer: envelope.value };
  return { kind: 'refused', code: envelope.error.code, message: envelope.error.message };
}
