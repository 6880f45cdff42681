import type { Outputs } from '$lib/api';
import { healthAt, lookOfHealth } from '$lib/deployments/health';
import { alsoThereWords } from './also-there';
import { reviewedWords } from './reviewed-words';

type Approval = Outputs['approvals']['get'];

/** One fact that a decision rests on, as the screen shows it. */
export interface ShownFact {
  name: string;
  value: string;
}

const listed = (values: readonly string[], none: string) =>
  values.length === 0 ? none : values.join(', ');

/**
 * What a decision rests on and may change while the page stands, in the page's words. Numbers that
 * count up by themselves aren't in it: nobody could ever have read them all. `reader` is a user's id.
 */
export function shownFacts(approval: Approval, reader: string, now: number): ShownFact[] {
  const { running, agents, cases } = approval;
  const health = running && healthAt(running.health, now);
  return [
    {
      name: 'Runs there now',
      value: running
        ? [`v${running.version.number} with ${running.bundle.name}`, alsoThereWords(approval)]
            .filter(Boolean)
            .join('; ')
        : alsoThereWords(approval) || 'nothing',
    },
    ...(running
      ? [{ name: 'How it fares', value: health ? lookOfHealth(health).label : 'nothing runs' }]
      : []),
    {
      name: 'On the way into this slot',
      value: listed(
        approval.onTheWay.map(
          ({ version, state }) => `v${version.number} (${state.replaceAll('_', ' ')})`,
        ),
        'nothing',
      ),
    },
    {
      name: 'Other requests for this slot',
      value: listed(
        approval.otherRequests.map(
          ({ version, requestedBy }) => `v${version.number} by ${requestedBy.name}`,
        ),
        'none',
      ),
    },
    {
      name: 'Agents',
      value: listed(
        agents.map(({ name, status, lacks, outside }) => {
          const can = lacks.length + outside.length === 0;
          return `${name} ${status.replaceAll('_', ' ')}${can ? '' : ', can’t run it'}`;
        }),
        'none',
      ),
    },
    { name: 'Cases', value: caseWords(cases) },
    {
      name: 'Yeses',
      value: listed(
        approval.yeses
          // The reader knows of their own.
          .filter(({ person }) => person.id !== reader)
          .map(({ person, counts }) => `${person.name}${counts ? '' : ' (counts no more)'}`),
        'none',
      ),
    },
    { name: 'Reviews', value: reviewedWords(approval) },
    /** The server's own word for all of it that has no other here. */
    { name: 'The comparison', value: approval.basis },
  ];
}

/** `3 of 4 cases pass`, and who ran them. */
export function caseWords({ of, run, pageOnly }: Approval['cases']): string {
  if (run) {
    const all = run.passing + run.failing.length;
    return `${run.passing} of ${all} ${all === 1 ? 'case passes' : 'cases pass'}, run by the server`;
  }
  if (of > 0) return `${of} ${of === 1 ? 'case' : 'cases'} not run yet`;
  if (pageOnly > 0) return `no case but ${pageOnly} that only the author’s page ran`;
  return 'no cases';
}

export interface ChangedFact {
  name: string;
  /** null: it wasn't there. */
  before: string | null;
  after: string | null;
}

/** The facts that differ; the comparison's digest only where nothing else says what did. */
export function changedFacts(
  before: readonly ShownFact[],
  after: readonly ShownFact[],
): ChangedFact[] {
  const valueIn = (facts: readonly ShownFact[], name: string) =>
    facts.find((fact) => fact.name === name)?.value ?? null;
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  const changed = names
    .map((name) => ({ name, before: valueIn(before, name), after: valueIn(after, name) }))
    .filter((fact) => fact.before !== fact.after);
  const worded = changed.filter(({ name }) => name !== 'The comparison');
  if (worded.length > 0 || changed.length === 0) return worded;
  return [{ name: 'What it is compared with', before: 'another comparison', after: 'a new one' }];
}
