import type { Outputs } from '$lib/api';
import type { CheckResult } from '$lib/review/recompute';
import { caseWords } from './shown';

export interface CheckLine {
  state: 'ok' | 'waits' | 'warn' | 'danger';
  text: string;
}

/** The three hashes as one: the worst of them counts. */
export function worstOf(
  checks: readonly (CheckResult | undefined)[],
): CheckResult['state'] | 'checking' {
  if (checks.some((check) => check?.state === 'mismatch')) return 'mismatch';
  if (checks.some((check) => check?.state === 'unchecked')) return 'unchecked';
  return checks.includes(undefined) ? 'checking' : 'match';
}

export const hashLines: Record<ReturnType<typeof worstOf>, CheckLine> = {
  match: { state: 'ok', text: 'Hashes recomputed here' },
  checking: { state: 'waits', text: 'Hashes are being recomputed' },
  unchecked: { state: 'danger', text: 'A hash couldn’t be recomputed' },
  mismatch: { state: 'danger', text: 'A hash doesn’t match' },
};

type Approval = Pick<Outputs['approvals']['get'], 'cases' | 'wroteIt' | 'own' | 'agents'>;

/** What was checked beside the hashes, each with how it came out. */
export function otherLines({ cases, wroteIt, own, agents }: Approval): CheckLine[] {
  const unable = agents.filter(({ lacks, outside }) => lacks.length + outside.length > 0);
  const failing = cases.run?.failing.length ?? 0;
  return [
    {
      state: failing > 0 ? 'danger' : cases.run ? 'ok' : cases.of > 0 ? 'waits' : 'warn',
      text: sentence(caseWords(cases)),
    },
    own
      ? { state: 'warn', text: 'You asked for it' }
      : wroteIt
        ? { state: 'warn', text: 'You wrote some of it' }
        : { state: 'ok', text: 'You aren’t the author' },
    unable.length > 0
      ? { state: 'danger', text: `${unable.map(({ name }) => name).join(', ')} can’t run it` }
      : {
          state: 'ok',
          text: agents.length === 1 ? 'The agent can run it' : 'All agents can run it',
        },
  ];
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);
