// Generates the Prisma client when, and only when, the schema changed since the last time.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const generated = join(root, 'server', 'db', 'generated');
const stamp = join(generated, '.schema-hash');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const hash = createHash('sha256')
  .update(readFileSync(join(root, 'prisma', 'schema.prisma')))
  .update(manifest.devDependencies.prisma)
  .digest('hex');

if (!(existsSync(stamp) && readFileSync(stamp, 'utf8') === hash)) {
  const prisma = join(root, 'node_modules', 'prisma', 'build', 'index.js');
  const run = spawnSync(process.execPath, [prisma, 'generate', '--no-hints'], {
    cwd: root,
    encoding: 'utf8',
    // The engine is a download that generation doesn't need; see docs/decisions.
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', CHECKPOINT_DISABLE: '1' },
  });
  if (run.status !== 0) {
    process.stderr.write(`${run.stdout ?? ''}${run.stderr ?? ''}${run.error ?? ''}\n`);
    process.stderr.write('generate: prisma generate failed; see above\n');
    process.exit(1);
  }
  mkdirSync(generated, { recursive: true });
  writeFileSync(stamp, hash);
}
