// The Markdown cases of the compiler, through WebAssembly: what runs natively in
// crates/byteor-pipeline/tests/cases.rs and rules.rs gives the same here, and in a browser's worker in
// src/lib/compiler/cases.browser.test.ts.
import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Refusal, ask as call } from './compiler';
import { RefusedText, type Ask, expectations, ruleExamples } from './markdown';

const cases = new URL('../../crates/byteor-pipeline/tests/cases/', import.meta.url);
const rules = new URL('../../docs/spec/rules/', import.meta.url);

const ask: Ask = async (operation, request) => {
  try {
    return call(operation, request);
  } catch (error) {
    throw error instanceof Refusal ? new RefusedText(error.error, error) : error;
  }
};

const pages = (folder: URL) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .sort();
const ran = new Map<string, number>();
const count = (word: string) => ran.set(word, (ran.get(word) ?? 0) + 1);

for (const file of pages(cases)) {
  describe(file, () => {
    const found = expectations(file, readFileSync(new URL(file, cases), 'utf8'));
    for (const { title, line, word, expected, given } of found) {
      it(`gives the same for "${title}", line ${line}: ${word}`, async () => {
        expect(await given(ask)).toBe(expected);
        count(word.split(' ')[0] ?? word);
      });
    }
  });
}

for (const file of pages(rules)) {
  if (file === 'README.md') continue;
  describe(`rules/${file}`, () => {
    const examples = ruleExamples(file, readFileSync(new URL(file, rules), 'utf8'));
    for (const { code, line, bad, given } of examples) {
      it(`${bad ? 'breaks' : 'keeps'} ${code}, line ${line}`, async () => {
        for (const codes of await given(ask)) expect(codes.includes(code), String(codes)).toBe(bad);
        count('rule example');
      });
    }
  });
}

afterAll(() => {
  console.log(
    `cases in WebAssembly under Node: ${[...ran].map(([word, n]) => `${n} ${word}`).join(', ')}`,
  );
});
