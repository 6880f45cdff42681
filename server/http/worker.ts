/** The page's service worker, where this server doesn't want one. */
import type { FastifyInstance } from 'fastify';

/** Takes the place of the worker that a browser has: it forgets what that one kept, and then itself. */
const FORGETS = `self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) =>
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys())
        if (name.startsWith('byteor-build-')) await caches.delete(name);
      await self.registration.unregister();
    })(),
  ),
);
`;

/** Browsers ask for the worker again at each visit: a switched-off server answers with its end. */
export function mountWorkersEnd(app: FastifyInstance): void {
  app.get('/service-worker.js', { schema: { hide: true } }, (_request, reply) =>
    reply.type('text/javascript').header('cache-control', 'no-store').send(FORGETS),
  );
}
