/**
 * Invariant: an operation declares, and does none of it by itself (`server/operation.ts`).
 * Enumerated over the files of the server: what isn't declared, or isn't in the registry, fails.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOperation, type AnyOperation } from '../operation.ts';
import { operations } from '../operations.ts';
import { appRouter } from '../trpc/router.ts';

const SERVER = join(import.meta.dirname, '..');
const sources = readdirSync(SERVER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .filter((file) => !/^(db\/generated|test)\//.test(file))
  .map((file) => ({ file, text: readFileSync(join(SERVER, file), 'utf8') }));

/** Files that declare an operation. */
const declaring = sources.filter(
  ({ file, text }) => file !== 'operation.ts' && /= (operation|openOperation)\(/.test(text),
);
const registry = Object.entries(operations).flatMap(([group, members]) =>
  Object.entries(members as Record<string, AnyOperation>).map(
    ([name, operation]) => [`${group}.${name}`, operation] as const,
  ),
);

/** What can be called, and isn't an operation: with why. */
const NO_OPERATIONS: Record<string, string> = {
  'live.events': 'a stream: it goes on after it was admitted, and judges each event by itself',
};

/** Changes that leave no record, with their reasons: as they stand in the declarations. */
const UNAUDITED: Record<string, string> = {
  'approval.deny': 'The movers of approval and deployment record it.',
  'deployment.abort': 'Its movers record the deployment and the approval.',
  'deployment.withdraw': 'Its movers record the deployment and the approval.',
  'review.comment': 'What people say of a version decides nothing; the thread keeps who and when.',
  'review.reply': 'What people say of a version decides nothing; the thread keeps who and when.',
  'review.set_viewed': 'What somebody has looked at is the person’s own.',
  'notification.mark_read': 'What somebody has read concerns nobody else.',
  'draft.create': 'A draft is never deployed; its versions are recorded.',
  'draft.save': 'A draft is never deployed; its versions are recorded.',
  'draft.rebase': 'A draft is never deployed; its versions are recorded.',
  'draft.rename': 'A draft is never deployed; its versions are recorded.',
};

describe('an operation', () => {
  it('is declared somewhere', () => {
    expect(declaring.length).toBeGreaterThan(20);
  });

  it.each(declaring.map(({ file, text }) => [file, text] as const))(
    'authorizes, records and tells nothing by itself: %s',
    (_, text) => {
      const imported = [...text.matchAll(/import (?!type)[^;]*? from '[^']+'/gs)].join('\n');
      for (const forbidden of ['recordAudit', 'refusalOf', 'userActor', 'loadCaller']) {
        expect(imported).not.toContain(forbidden);
      }
      expect(text).not.toMatch(/\blive\.publish\(|\.transact\(|\bauthorize\(/);
    },
  );

  it('is in the registry, once, wherever it is declared', async () => {
    const known = registry.map(([, operation]) => operation);
    expect(new Set(known).size).toBe(known.length);
    const missing: string[] = [];
    for (const { file } of declaring) {
      const module = (await import(join(SERVER, file))) as Record<string, unknown>;
      for (const [name, value] of Object.entries(module)) {
        if (isOperation(value) && !known.includes(value)) missing.push(`${file}: ${name}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('has a name of its own, a noun and a verb, by which the audit calls it', () => {
    const names = registry.map(([, { name }]) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    for (const name of names) expect(name).toMatch(/^[a-z_]+\.[a-z_]+$/);
  });

  it('is recorded when it changes something, or says why not', () => {
    const unaudited = Object.fromEntries(
      registry.flatMap(([, { name, declaration }]) =>
        declaration.kind === 'change' && 'unaudited' in declaration.audit
          ? [[name, declaration.audit.unaudited]]
          : [],
      ),
    );
    expect(unaudited).toEqual(UNAUDITED);
  });

  it('needs no session only where it opens one, ends one, or looks at a link', () => {
    const open = registry.filter(([, { declaration }]) => declaration.needs === 'nobody');
    for (const [path] of open) expect(path).toMatch(/^(session|invitations)\./);
  });
});

describe('the edges', () => {
  it('call operations, and nothing else', () => {
    const paths = Object.keys(appRouter._def.procedures);
    const known = new Set([...registry.map(([path]) => path), ...Object.keys(NO_OPERATIONS)]);
    expect(paths.filter((path) => !known.has(path))).toEqual([]);
    expect([...known].filter((path) => !paths.includes(path))).toEqual([]);
  });

  it('decide nothing: who may do what is decided in one place', () => {
    const deciding = sources
      .filter(({ text }) => /\brefusalOf\(/.test(text))
      .map(({ file }) => relative('.', file));
    expect(deciding.sort()).toEqual(['authorize.ts', 'operation.ts']);
  });
});

describe('inputs', () => {
  it('are made of one string base and one integer base', () => {
    const own = sources
      .filter(({ file }) => !['inputs.ts', 'rest/schemas.ts'].includes(file))
      .flatMap(({ file, text }) =>
        [...text.matchAll(/\bz\s*\.(string|number|int|int32|uuid|email|bigint|iso)\b/g)].map(
          (match) => `${file}: z.${match[1]}`,
        ),
      );
    expect(own).toEqual([]);
  });
});
