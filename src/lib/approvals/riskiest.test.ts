import { describe, expect, it } from 'vitest';
import type { SemanticDiff } from '$lib/compiler';
import { riskiest } from './riskiest';

const change = (id: string, kind: string, severities: string[]) => ({
  class: kind,
  id,
  severity: severities.includes('risk') ? 'risk' : (severities[0] ?? 'info'),
  consequences: severities.map((severity) => ({
    severity,
    kind: 'output',
    text: `${id} ${severity}`,
  })),
});
const diff = (...changes: ReturnType<typeof change>[]) => ({ changes }) as unknown as SemanticDiff;

describe('the riskiest changes', () => {
  it('are those with the gravest consequences, whatever their class', () => {
    const found = riskiest(
      diff(change('gone', 'removed', ['info']), change('posts', 'added', ['risk'])),
      3,
    );
    expect(found.map((one) => one.change.id)).toEqual(['posts', 'gone']);
  });

  it('tell the gravest consequences first, and no more than two', () => {
    const [only] = riskiest(diff(change('a', 'changed', ['info', 'caution', 'risk'])), 3);
    expect(only?.follows).toEqual(['a risk', 'a caution']);
  });

  it('are no more than asked for', () => {
    const many = Array.from({ length: 5 }, (_, at) => change(`s${at}`, 'changed', ['info']));
    expect(riskiest(diff(...many), 3)).toHaveLength(3);
  });
});
