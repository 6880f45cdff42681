import type { CaseBook } from './case-book.svelte';
import { endsOf } from './judge';

/**
 * Which cases fail where: at what ended the missing record, or else at the egress that gave something
 * else. Ids of cases by the id of the element.
 */
export function failuresByElement(failing: CaseBook['failing']): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { id, outcome } of failing) {
    if (outcome?.kind !== 'fails') continue;
    const { difference } = outcome;
    const ends = endsOf(difference).flatMap(({ node }) => (node.includes('.') ? [] : [node]));
    for (const at of ends.length > 0 ? ends : [difference.egress])
      found.set(at, [...(found.get(at) ?? []), id]);
  }
  return found;
}

type Counts = Pick<CaseBook, 'all' | 'failing' | 'running'>;

/** In a few words: `1 of 4 fails`, `4 pass`; '' without cases. */
export function caseWords({ all, failing }: Counts): string {
  if (all.length === 0) return '';
  if (failing.length > 0)
    return `${failing.length} of ${all.length} ${failing.length === 1 ? 'fails' : 'fail'}`;
  const passing = all.filter(({ outcome }) => outcome?.kind === 'passes').length;
  return passing === all.length ? `${passing} ${passing === 1 ? 'passes' : 'pass'}` : '';
}

/** As a sentence, with whether that is of the plan as it is now. */
export function caseSummary(book: Counts): string {
  const { all, running } = book;
  const words = caseWords(book);
  if (running && words === '') return 'Running…';
  if (!running && all.some(({ current }) => !current))
    return words === ''
      ? 'They run once the plan has no errors'
      : `${words}, before the last change`;
  return words;
}

/** Beside the button that makes a version: `1 case fails`; null where none does. */
export function failingWords({ failing }: Pick<CaseBook, 'failing'>): string | null {
  if (failing.length === 0) return null;
  return failing.length === 1 ? '1 case fails' : `${failing.length} cases fail`;
}
