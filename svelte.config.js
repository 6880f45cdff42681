import adapter from '@sveltejs/adapter-node';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/**
 * Options of Svelte and Kit.
 *
 * One content security policy serves every route, because navigation inside the page keeps the
 * policy of the first document. Scripts and style elements come from ourselves or carry the
 * document's nonce; `src/hooks.server.ts` puts that nonce into `style-src` as well, for the text
 * editor's style elements. WebAssembly may compile, nothing may be evaluated, nothing is remote.
 *
 * @type {import('@sveltejs/kit').Config}
 */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true),
  },
  kit: {
    // Half of a build's time: left out where the page never crosses a network (scripts/lib/setup.mjs).
    adapter: adapter({ out: 'build', precompress: process.env.BYTEOR_PRECOMPRESS !== 'false' }),
    // One document is every page's shell (src/service-worker.ts): its addresses hold at any depth.
    paths: { relative: false },
    alias: {
      $server: 'server',
      $wasm: 'wasm/pkg',
    },
    csp: {
      mode: 'nonce',
      directives: {
        'default-src': ['none'],
        'script-src': ['self', 'wasm-unsafe-eval'],
        'style-src': ['self'],
        'style-src-attr': ['unsafe-inline'],
        'worker-src': ['self'],
        'connect-src': ['self'],
        'img-src': ['self', 'data:'],
        'font-src': ['self'],
        'manifest-src': ['self'],
        'base-uri': ['none'],
        'form-action': ['self'],
        'frame-ancestors': ['none'],
        'object-src': ['none'],
      },
    },
    // Where the server wants it, `src/lib/offline` registers it.
    serviceWorker: { register: false },
    // The server answers for cross-site requests itself, on every edge it has.
    typescript: {
      config: (config) => ({
        ...config,
        include: [
          ...config.include,
          '../server/**/*.ts',
          '../scripts/**/*.ts',
          '../e2e/**/*.ts',
          '../wasm/*.ts',
          '../prisma.config.ts',
        ],
        exclude: [...(config.exclude ?? []), '../wasm/pkg/**'],
      }),
    },
  },
};
