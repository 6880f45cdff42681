/** Invariant: what the server exports, some other file needs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

it('nothing is exported that no other file needs', () => {
  const files = ['server', 'src', 'e2e', 'scripts'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|mjs|svelte)$/.test(file) && !file.includes('generated'))
      .map((file) => join(folder, file)),
  );
  const wordsOf = (text: string) => new Set(text.match(/\w+/g));
  const sources = files.map((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    return { file, text, words: wordsOf(text) };
  });
  const dead = sources
    .filter(({ file }) => file.startsWith('server/'))
    .flatMap(({ file, text }) =>
      [
        ...text.matchAll(
          /^export (?:async )?(?:function\*?|const|let|class|interface|type|enum) (\w+)/gm,
        ),
      ].map(([, name = '']) => ({ file, name })),
    )
    .filter(({ file, name }) => !sources.some((one) => one.file !== file && one.words.has(name)));
  expect(dead.map(({ file, name }) => `${file}: ${name}`)).toEqual([]);
});
