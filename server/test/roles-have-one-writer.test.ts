/** Invariant SEC-8: whatever writes roles keeps the last administrator, because one file writes them. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SERVER = join(import.meta.dirname, '..');
const filesWith = (pattern: RegExp) =>
  globSync('**/*.ts', { cwd: SERVER })
    .filter((path) => !path.startsWith('db/generated/') && !/(^test\/|\.test\.ts$)/.test(path))
    .filter((path) => pattern.test(readFileSync(join(SERVER, path), 'utf8')))
    .sort();
const writes = '(create|createMany|update|updateMany|upsert|delete|deleteMany)\\(';

it.each([
  ['roles', new RegExp(`\\.(orgMember|projectMember)\\.${writes}`), ['roles/write-roles.ts']],
  [
    'approvals’ states',
    /\.approval\.(update|updateMany|upsert|delete|deleteMany)\(/,
    ['approvals/move.ts'],
  ],
  ['sessions', /\.session\.(create|createMany|upsert)\(/, ['session/open-session.ts']],
  ['proof of an address', /emailVerified: true/, ['session/open-session.ts']],
])('%s have one writer', (_what, pattern, writers) => {
  expect(filesWith(pattern)).toEqual(writers);
});
