/** What is kept beside a version of its cases. */
import type { Outcome } from '../src/lib/cases/judge.ts';

/** What the server found of one case. */
export interface CaseFinding {
  id: string;
  name: string;
  digest: string;
  outcome: Outcome;
}

/** A case that only the page of whoever made the version knows, and what it found. */
export interface PageCase {
  name: string;
  digest: string;
  passes: boolean;
}
