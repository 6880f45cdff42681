import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { failureWords, wordedFailures } from './failures';

describe('the reasons of a failed deployment', () => {
  it('have words for every code with which an agent refuses', () => {
    const source = readFileSync('crates/byteor-policy/src/refusal.rs', 'utf8');
    // Those of a request to try connections end no deployment; `bundles/trial.ts` words them.
    const codes = new Set(
      Array.from(source.matchAll(/"(E_(?!TRIAL_)[A-Z_]+)"/g), ([, code = '']) => code),
    );
    const unworded = [...codes].filter((code) => !wordedFailures.includes(code));
    expect(unworded).toEqual([]);
  });

  it('say what to do next', () => {
    for (const code of wordedFailures) expect(failureWords(code)?.next).toMatch(/\.$/);
  });

  it('are left to the message where a code is unknown', () => {
    expect(failureWords('E_SOMETHING_NEW')).toBeUndefined();
    expect(failureWords(null)).toBeUndefined();
  });
});
