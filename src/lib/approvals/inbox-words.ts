import type { Outputs } from '$lib/api';
import { countWords } from '$lib/review/change-classes';
import { refusalWords } from './refusals';

export type InboxEntry = Outputs['approvals']['inbox'][number];

/** What a request changes, in a line: `2 removed, 1 changed; http_post is new`. */
export function changeLine({ compared, capabilities }: InboxEntry): string {
  if (compared === null) return '';
  const { running, changes, bundleChanged } = compared;
  const bundle = bundleChanged ? ', another config bundle' : '';
  if (running === null || changes === null) {
    return capabilities.length > 0
      ? `the first in its slot; may ${capabilities.join(', ')}`
      : 'the first in its slot; touches nothing outside';
  }
  const from = `against v${running.number}`;
  if ('code' in changes) return `can’t be compared ${from} (${changes.code})${bundle}`;
  const what = changes.total === 0 ? 'the same spec' : countWords(changes.counts);
  const needs =
    changes.needs.length > 0 ? `${changes.needs.join(', ')} is new` : 'no new capability';
  return `${what} ${from}${bundle}; ${needs}`;
}

export interface Risk {
  tone: 'warn' | 'danger';
  text: string;
}

/** What should make somebody look twice before anything else. */
export function risksOf({ compared, capabilities }: InboxEntry): Risk[] {
  if (compared === null) return [];
  const needs =
    compared.changes !== null && 'needs' in compared.changes
      ? compared.changes.needs
      : capabilities;
  return [
    ...needs.map((name) => ({ tone: 'danger' as const, text: `needs ${name}` })),
    ...(compared.goesBack === null ? [] : [{ tone: 'warn' as const, text: 'goes back' }]),
    ...(compared.onTheWay > 0 ? [{ tone: 'warn' as const, text: 'another is on its way' }] : []),
  ];
}

/** Why it waits for others; '' where it waits for the reader. */
export function waitsBecause({ refusal }: Pick<InboxEntry, 'refusal'>): string {
  return refusal === null ? '' : refusalWords[refusal].short;
}
