/**
 * Cases of a version, run by the same package as in the page, in a thread that is ended when it goes
 * beyond what cases may take (docs/spec/cases.md).
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Outcome } from '../../src/lib/cases/judge.ts';
import { misfit, outcomeOf, runOf, type CasePlan } from '../../src/lib/cases/outcome.ts';
import type { Case } from '../../src/lib/document/cases.ts';
import { onceAnswer, onceRequest } from '../../src/lib/run/once.ts';
import type { CaseWork, ThreadAnswer } from './case-worker.ts';

export interface CaseRunner {
  /** What came of each case, in their order. Never rejects: what can't be run says so. */
  run(specKv: string, plan: CasePlan, cases: readonly Case[]): Promise<Outcome[]>;
}

/** What all cases of a version may take together. */
export interface CaseLimits {
  milliseconds: number;
  /** Memory of the package, in pages of 64 KiB. */
  pages: number;
}
const LIMITS: CaseLimits = { milliseconds: 5_000, pages: 4_096 };

const PACKAGES = join(import.meta.dirname, '..', '..', 'wasm', 'stages', 'pkg');

export function caseRunner(limits: CaseLimits = LIMITS, packages = PACKAGES): CaseRunner {
  return {
    async run(specKv, plan, cases) {
      const until = Date.now() + limits.milliseconds;
      const outcomes = cases.map((one) => misfit(one, plan));
      /** Indexes of the cases that wait. */
      let left = outcomes.flatMap((outcome, index) => (outcome ? [] : [index]));
      while (left.length > 0) {
        const waiting = left.map((index) => cases[index] as Case);
        const work: CaseWork = {
          packages,
          pages: limits.pages,
          requests: waiting.map((one) => {
            const { input, options } = runOf(one, plan);
            return onceRequest(specKv, input, options);
          }),
        };
        const { answers, stopped } = await inThread(work, until - Date.now());
        const came: Outcome[] = answers.map((answer, at) =>
          judged(answer, waiting[at] as Case, plan),
        );
        // The case that the thread was ended for; one that goes on follows it for those behind.
        if (stopped) came.push(stopped);
        if (stopped?.code === 'case_timeout') while (came.length < left.length) came.push(stopped);
        came.forEach((outcome, at) => (outcomes[left[at] as number] = outcome));
        left = left.slice(came.length);
      }
      return outcomes as Outcome[];
    },
  };
}

type Stopped = Outcome & { kind: 'stopped' };

function judged(answer: ThreadAnswer, one: Case, plan: CasePlan): Outcome {
  if (answer.kind === 'answered') {
    const { options } = runOf(one, plan);
    return outcomeOf(one, onceAnswer(answer.answer, options), plan);
  }
  return { kind: 'stopped', code: answer.code, message: answer.message };
}

/** Answers until the thread was through, was ended for its time, or ended by itself. */
function inThread(
  workerData: CaseWork,
  milliseconds: number,
): Promise<{ answers: ThreadAnswer[]; stopped: Stopped | null }> {
  return new Promise((resolve) => {
    const answers: ThreadAnswer[] = [];
    const worker = new Worker(new URL('./case-worker.ts', import.meta.url), {
      workerData,
      // The package's own memory has its limit; this is for what surrounds it.
      resourceLimits: { maxOldGenerationSizeMb: 256 },
      // Nothing of this process is for cases to see.
      env: {},
    });
    const done = (stopped: Stopped | null) => {
      clearTimeout(timer);
      void worker.terminate();
      resolve({ answers, stopped });
    };
    const stop = (code: string, message: string) => done({ kind: 'stopped', code, message });
    const timer = setTimeout(
      () => stop('case_timeout', 'The cases of a version took longer than they may together.'),
      Math.max(milliseconds, 0),
    );
    worker.on('message', (answer: ThreadAnswer) => {
      answers.push(answer);
      const last = answers.length === workerData.requests.length;
      if (last || answer.kind === 'trapped') done(null);
    });
    worker.on('error', (error) => stop('case_ended', `The run was ended: ${error.message}`));
    worker.on('exit', () => stop('case_ended', 'The run was ended.'));
  });
}
