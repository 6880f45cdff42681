/// <reference no-default-lib="true"/>
/// <reference lib="esnext" />
/// <reference lib="webworker" />
/// <reference types="@sveltejs/kit" />
/**
 * Opens the page while the server is away: it keeps the files of one build and one shell, and nothing
 * else. Pages come from the network first; what the control plane answers is never touched, so no
 * cache ever holds anything of a person.
 */
import { build, version } from '$service-worker';
import { BUILD_CACHE, isBuilt, isPage, newNonce, renewed, SHELL } from '$lib/offline/shell';

const worker = self as unknown as ServiceWorkerGlobalScope;
const cacheName = `${BUILD_CACHE}${version}`;

worker.addEventListener('install', (event) => event.waitUntil(keepBuild()));
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

/** All of the build, or nothing: a shell whose files are missing would open an empty page. */
async function keepBuild(): Promise<void> {
  const asked: RequestInit = { credentials: 'omit', cache: 'no-store', redirect: 'error' };
  const list = await fetch('/_app/files.json', asked);
  const files = (await list.json()) as string[];
  const listed = new Set(files.map((file) => `/${file}`));
  if (!build.every((file) => listed.has(file)))
    throw new Error('The server has another build than this worker.');
  const shell = await fetch(SHELL, asked);
  if (!shell.ok || renewed(await shell.clone().text(), shell.headers, newNonce()) === null)
    throw new Error('The server’s page has no policy with a nonce: it is not kept.');
  try {
    const cache = await caches.open(cacheName);
    await cache.addAll([...listed, '/favicon.svg']);
    await cache.put(SHELL, shell);
  } catch (error) {
    await caches.delete(cacheName);
    throw error;
  }
  // Older tabs find their files in their own build's cache as long as they are open.
  await worker.skipWaiting();
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (isBuilt(pathname)) event.respondWith(file(request));
  else if (request.mode === 'navigate' && isPage(pathname)) event.respondWith(page(request));
});

/** A file of any build that is kept: its name says which bytes it has. */
async function file(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (unreachable) {
    const kept = await (await caches.open(cacheName)).match(SHELL);
    const shell = kept && renewed(await kept.text(), kept.headers, newNonce());
    if (!shell) throw unreachable;
    return new Response(shell.html, { status: 200, headers: shell.headers });
  }
}
