/**
 * The walks of docs/guides/contributing.md, walked for everything that is there: a step that was
 * forgotten for one of them is a failure.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const files = (pattern: string) => globSync(pattern, { cwd: root });

interface Step {
  file: string;
  holds: string;
}

/** The steps of a walk, from its table. */
function stepsOf(title: string): Step[] {
  const guide = read('docs/guides/contributing.md');
  const from = guide.indexOf(`## ${title}\n`);
  if (from < 0) throw new Error(`the guide has no walk "${title}"`);
  const section = guide.slice(from, guide.indexOf('\n## ', from + 1) >>> 0);
  return [...section.matchAll(/^\| `([^`]+)` \| `([^`]+)` \|/gm)].map(([, file, holds]) => ({
    file: file ?? '',
    holds: holds ?? '',
  }));
}

/** The steps that were forgotten for one thing. */
function forgotten(steps: Step[], names: Record<string, string>): string[] {
  const named = (text: string) =>
    text.replace(/\{([\w-]+)\}/g, (whole, key: string) => names[key] ?? whole);
  return steps.flatMap(({ file, holds }) => {
    const pattern = named(file);
    const wanted = named(holds);
    const found = pattern.includes('*') ? files(pattern) : [pattern];
    const holder = found.find(
      (path) => existsSync(join(root, path)) && read(path).includes(wanted),
    );
    return holder ? [] : [`${pattern} doesn't hold ${wanted}`];
  });
}

function walk(title: string, things: Record<string, string>[], except?: (step: Step) => boolean) {
  describe(title, () => {
    const steps = stepsOf(title).filter((step) => !except?.(step));
    it('has steps, and something that took them', () => {
      expect(steps.length).toBeGreaterThan(1);
      expect(things.length).toBeGreaterThan(0);
    });
    it.each(things)('%o took every step', (names) => {
      expect(forgotten(steps, names)).toEqual([]);
    });
  });
}

const catalogue = files('crates/byteor-pipeline-catalogue/src/families/*.rs').map(read).join('\n');
const families = catalogue
  .split(/\n(?:pub(?:\(\w+\))? )?const \w+: StageFamily/)
  .slice(1)
  .map((entry) => ({
    family: /\n {4}name: "(\w+)"/.exec(entry)?.[1] ?? '',
    runs: /\n {4}runs: true/.test(entry),
  }));
walk(
  'A stage family',
  families.filter(({ runs }) => runs).map(({ family }) => ({ family })),
);
describe('A stage family that this build does not run', () => {
  const described = stepsOf('A stage family').filter(({ file }) => !file.includes('-stages/'));
  it.each(families.filter(({ runs }) => !runs))('$family is described', ({ family }) => {
    expect(forgotten(described, { family })).toEqual([]);
  });
});

const kinds = [
  ...read('src/lib/compiler/types.ts').matchAll(/^export type (?:In|E)gress = (.*);$/gm),
].flatMap(([, union]) => [...(union ?? '').matchAll(/"kind": "(\w+)"/g)].map(([, kind]) => kind));
walk(
  'An adapter',
  [...new Set(kinds)].map((adapter) => ({ adapter: adapter ?? '' })),
);

const operations = files('server/*/*.ts')
  .filter((path) => !path.endsWith('.test.ts'))
  .flatMap((file) =>
    [...read(file).matchAll(/export const (\w+) = (?:openO|o)peration\(/g)].map(
      ([, operation]) => ({ file, operation: operation ?? '' }),
    ),
  );
walk('An operation', operations);

const jobs = /interface JobPayloads \{([^}]*(?:\{[^}]*\}[^}]*)*)\}/.exec(
  read('server/jobs/queue.ts'),
)?.[1];
walk(
  'A job',
  [...(jobs ?? '').matchAll(/^ {2}(\w+): \{/gm)].map(([, job]) => ({
    job: job ?? '',
    'job-file': (job ?? '').replaceAll('_', '-'),
  })),
);

const routes = files('src/routes/**/+page.svelte').map((path) =>
  path.replace('src/routes/', '').replace(`/${basename(path)}`, ''),
);
walk(
  'A page',
  routes.map((route) => ({
    route,
    // Up to the first parameter: what stands there is only known when it runs.
    address: `/${route.replace(/^\(app\)\/?/, '').replace(/\[.*$/, '')}`,
  })),
);
