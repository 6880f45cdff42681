/**
 * What whoever may use the host can ask of the running server: over a socket in the data folder, which
 * only its owner reaches. There is no other way to this; it listens on no address.
 */
import { closeSync, openSync, rmSync, chmodSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { join } from 'node:path';
import { ByteorError, errorBody } from '../errors.ts';
import type { Services } from '../services.ts';
import { issueHostLink, type HostLink } from '../session/host-links.ts';

/** Longest path of a socket that every platform takes. */
const PATH_LIMIT = 100;
const BODY_LIMIT = 4096;

/** What the server answers over the socket. */
export type AdminAnswer =
  | { link: string; expiresAt: string; person: HostLink['person'] }
  | { error: { code: string; message: string; help?: string } };

/** Runs `work` with a path to the socket, short enough whatever the folder's is. */
async function withSocketPath<T>(dataDir: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = join(dataDir, 'admin.sock');
  if (Buffer.byteLength(path) <= PATH_LIMIT || process.platform !== 'linux') return work(path);
  const folder = openSync(dataDir, 'r');
  try {
    return await work(`/proc/self/fd/${folder}/admin.sock`);
  } finally {
    closeSync(folder);
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of incoming.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > BODY_LIMIT) throw new ByteorError(413, 'body_too_large', 'Too long.');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ByteorError(400, 'body_not_json', 'The body is not JSON.');
  }
}

async function answer(services: Services, incoming: IncomingMessage): Promise<AdminAnswer> {
  if (incoming.method !== 'POST' || incoming.url !== '/sign-in-links') {
    throw new ByteorError(404, 'route_not_found', 'There is no such route.');
  }
  return answerOf(await issueHostLink(services, await bodyOf(incoming)));
}

export function answerOf(issued: HostLink): AdminAnswer {
  return { link: issued.link, expiresAt: issued.expiresAt.toISOString(), person: issued.person };
}

/** Listens until closed. A socket that another process of this folder serves is left to it. */
export async function openAdminSocket(
  services: Services,
  dataDir: string,
): Promise<{ close(): Promise<void> }> {
  const server: Server = createServer((incoming, response) => {
    answer(services, incoming)
      .catch((error: unknown): AdminAnswer => {
        if (error instanceof ByteorError) return { error: errorBody(error) };
        services.log.error({ err: error }, 'a request on the admin socket failed');
        return { error: { code: 'internal_error', message: 'The server log names the cause.' } };
      })
      .then((body) => {
        response.writeHead('error' in body ? 422 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      })
      .catch((error: unknown) => services.log.error({ err: error }, 'admin socket'));
  });
  await withSocketPath(dataDir, async (path) => {
    if (await served(path)) return;
    // What a process that is gone left behind.
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => resolve());
    });
    chmodSync(path, 0o600);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function served(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(
      { socketPath: path, agent: false, path: '/', method: 'GET' },
      (response) => {
        response.resume();
        resolve(true);
      },
    );
    asked.on('error', () => resolve(false));
    asked.end();
  });
}

/** Asks the server of a data folder; null when none answers there. */
export function askAdminSocket(dataDir: string, input: unknown): Promise<AdminAnswer | null> {
  return withSocketPath(
    dataDir,
    (path) =>
      new Promise((resolve, reject) => {
        const asked = request(
          { socketPath: path, agent: false, path: '/sign-in-links', method: 'POST' },
          (response) => {
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (chunk: string) => (text += chunk));
            response.on('end', () => {
              try {
                resolve(JSON.parse(text) as AdminAnswer);
              } catch (error) {
                reject(error as Error);
              }
            });
          },
        );
        asked.on('error', (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(null);
          else reject(error);
        });
        asked.end(JSON.stringify(input));
      }),
  );
}
