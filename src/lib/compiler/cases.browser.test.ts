// The Markdown cases of the compiler in a browser's worker: the same files as natively and under Node.
import { afterAll, describe, expect, it } from 'vitest';
import { RefusedText, type Ask, expectations, ruleExamples } from '../../../wasm/tests/markdown';
import { CompilerClient } from './client';
import { connectToWorker } from './connect';
import { CompilerError } from './errors';
import type { CompilerOperation, CompilerOperations } from './operations';

const cases = import.meta.glob<string>('../../../crates/byteor-pipeline/tests/cases/*.md', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const rules = import.meta.glob<string>(['../../../docs/spec/rules/*.md', '!**/README.md'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

const client = new CompilerClient({ connect: connectToWorker });
afterAll(() => client.close());

const ask: Ask = async (operation, request) => {
  const name = operation as CompilerOperation;
  try {
    return await client.call(name, request as CompilerOperations[typeof name]['request']);
  } catch (error) {
    if (!(error instanceof CompilerError)) throw error;
    throw new RefusedText(error, error);
  }
};

const name = (path: string) => path.split('/').at(-1) ?? path;

describe('the compiler in a browser’s worker', () => {
  it.each(Object.entries(cases).map(([path, text]) => [name(path), text]))(
    'gives what %s says',
    async (file, text) => {
      const found = expectations(file, text);
      expect(found.length).toBeGreaterThan(0);
      for (const { title, line, word, expected, given } of found) {
        expect(await given(ask), `${file}:${line}: "${title}", ${word}`).toBe(expected);
      }
    },
  );

  it.each(Object.entries(rules).map(([path, text]) => [name(path), text]))(
    'keeps and breaks the rules of %s as its examples say',
    async (file, text) => {
      for (const { code, line, bad, given } of ruleExamples(file, text)) {
        for (const codes of await given(ask)) {
          expect(codes.includes(code), `${file}:${line}: ${code}, given ${String(codes)}`).toBe(
            bad,
          );
        }
      }
    },
  );

  it('has cases to run', () => {
    expect(Object.keys(cases).length).toBeGreaterThanOrEqual(6);
    expect(Object.keys(rules).length).toBeGreaterThanOrEqual(8);
  });
});
