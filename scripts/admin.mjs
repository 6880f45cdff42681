// `npm run -s admin -- VERB …`: what whoever may use the host can do; see server/admin/main.ts.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { childEnv, node24, root } from './lib/project.mjs';

if (!existsSync(node24)) {
  console.error('Nothing is installed yet: run npm start first.');
  process.exit(69);
}
const child = spawn(node24, [join(root, 'server/admin/main.ts'), ...process.argv.slice(2)], {
  env: childEnv({
    BYTEOR_DATA_DIR: process.env.BYTEOR_DATA_DIR ?? join(root, '.byteor'),
    NODE_NO_WARNINGS: '1',
  }),
  stdio: 'inherit',
});
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
