import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataFolder } from '../providers/data-folder.ts';
import { OWNER_EMAIL } from '../seed/first-start.ts';
import { openBrowser, startTestServer, type TestServer } from '../test/harness.ts';
import { askAdminSocket, openAdminSocket } from './socket.ts';

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'byteor-admin-'));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the admin socket', () => {
  it.each([
    ['in a folder', 'plain'],
    ['in a folder whose path no socket takes', 'long'.repeat(50)],
  ])('%s: issues links that prove, to the folder’s owner alone', async (_, name) => {
    const dataDir = join(folder, name);
    openDataFolder(dataDir);
    // What a process that was killed left behind.
    writeFileSync(join(dataDir, 'admin.sock'), '');
    const socket = await openAdminSocket(server.services, dataDir);
    expect(statSync(join(dataDir, 'admin.sock')).mode & 0o777).toBe(0o600);
    // A second process of the folder leaves it alone.
    const second = await openAdminSocket(server.services, dataDir);
    await second.close();
    const answer = await askAdminSocket(dataDir, { address: OWNER_EMAIL });
    if (!answer || 'error' in answer) throw new Error(JSON.stringify(answer));
    expect(answer.person.email).toBe(OWNER_EMAIL);
    const browser = openBrowser(server);
    expect((await browser.open(answer.link)).code).toBe('none');
    expect(await browser.whoAmI()).toMatchObject({ proven: true });
    expect(await askAdminSocket(dataDir, { address: 'nobody@example.org' })).toMatchObject({
      error: { code: 'person_not_found' },
    });
    await socket.close();
    expect(await askAdminSocket(dataDir, { address: OWNER_EMAIL })).toBeNull();
  });
});

describe('a data folder', () => {
  it('that others can read is closed', () => {
    const path = join(folder, 'open');
    mkdirSync(path);
    chmodSync(path, 0o755);
    openDataFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });
});
