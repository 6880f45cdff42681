/** The SvelteKit page: its built handler in production, Vite as middleware in development. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastifyInstance } from 'fastify';

export type PageHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
) => void;

const ROOT = join(import.meta.dirname, '..', '..');

/** Hands every request that no route took to the page, body unread. */
export async function mountPage(app: FastifyInstance, page: PageHandler): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.all('/*', (request, reply) => {
      // Headers set by our hooks have to be on the raw answer before it is handed over.
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value);
      }
      reply.hijack();
      // The page's file server pipes without looking at errors: a file that went away since the start,
      // as when the page was built again, would end the process instead of this answer.
      reply.raw.on('pipe', (source) =>
        source.on('error', (error) => {
          request.log.warn({ err: error }, 'a file of the page could not be read');
          reply.raw.destroy();
        }),
      );
      page(request.raw, reply.raw, () => {
        reply.raw.statusCode = 404;
        reply.raw.end('Not found');
      });
    });
  });
}

/** The handler that `vite build` made in a folder. */
export async function builtPage(folder: string, baseUrl: string): Promise<PageHandler> {
  const entry = join(folder, 'handler.js');
  if (!existsSync(entry)) throw new Error('the page is not built: run npm run build');
  // adapter-node reads its environment when it is imported.
  const { protocol } = new URL(baseUrl);
  process.env['PROTOCOL_HEADER'] = 'x-byteor-protocol';
  process.env['BODY_SIZE_LIMIT'] = '4194304';
  const loaded: unknown = await import(pathToFileURL(entry).href);
  const { handler } = loaded as { handler: PageHandler };
  return (request, response, next) => {
    request.headers['x-byteor-protocol'] = protocol.slice(0, -1);
    handler(request, response, next);
  };
}

/** Vite with hot reload over the same port. */
export async function developmentPage(app: FastifyInstance): Promise<PageHandler> {
  process.chdir(ROOT);
  const { createServer } = await import('vite');
  const vite = await createServer({
    root: ROOT,
    server: { middlewareMode: true, hmr: { server: app.server } },
    logLevel: 'warn',
  });
  app.addHook('preClose', () => vite.close());
  return (request, response, next) => vite.middlewares(request, response, next);
}
