/** Invariant: no two folders of the server need each other, by whatever way round. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const SERVER = join(import.meta.dirname, '..');

/** Which folder needs which, and the import that shows it. Tests may reach wherever they test. */
function needs(): Map<string, Map<string, string>> {
  const found = new Map<string, Map<string, string>>();
  const files = readdirSync(SERVER, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      file.endsWith('.ts') &&
      !file.endsWith('.test.ts') &&
      !/^(test|db\/generated)\//.test(file) &&
      file.includes('/'),
  );
  for (const file of files) {
    const from = file.split('/')[0] ?? '';
    const text = readFileSync(join(SERVER, file), 'utf8');
    for (const [, plain, lazy] of text.matchAll(/from '(\.[^']+)'|import\('(\.[^']+)'\)/g)) {
      const path = normalize(join(file, '..', plain ?? lazy ?? ''));
      const to = path.split('/')[0] ?? '';
      // A file beside the folders belongs to none of them; `..` leaves the server.
      if (!path.includes('/') || to === from || to === '..') continue;
      const known = found.get(from) ?? new Map<string, string>();
      found.set(from, known.set(to, `${file} imports ${path}`));
    }
  }
  return found;
}

/** Every way from a folder back to itself, as the imports that lead there. */
function cycles(graph: Map<string, Map<string, string>>): string[] {
  const ways: string[] = [];
  for (const start of graph.keys()) {
    const walk = (folder: string, imports: string[], seen: Set<string>): void => {
      for (const [next, shown] of graph.get(folder) ?? []) {
        if (next === start) ways.push([...imports, shown].join('\n  '));
        // Each way is told once, from its first folder by name.
        else if (next > start && !seen.has(next) && imports.length < 3) {
          walk(next, [...imports, shown], new Set([...seen, next]));
        }
      }
    };
    walk(start, [], new Set([start]));
  }
  return ways;
}

it('the folders of the server are in an order', () => {
  const graph = needs();
  expect(graph.size).toBeGreaterThan(15);
  expect(cycles(graph)).toEqual([]);
});
