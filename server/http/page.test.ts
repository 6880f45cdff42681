import { createReadStream } from 'node:fs';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { mountPage } from './page.ts';

describe('the page', () => {
  it('fails the answer, not the process, when a file went away', async () => {
    const app = Fastify();
    await mountPage(app, (request, response) => {
      if (request.url === '/gone.js') {
        response.writeHead(200);
        createReadStream('/nowhere/gone.js').pipe(response);
      } else response.end('there');
    });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    try {
      await expect(fetch(`${address}/gone.js`).then((answer) => answer.text())).rejects.toThrow();
      expect(await (await fetch(`${address}/other`)).text()).toBe('there');
    } finally {
      await app.close();
    }
  });
});
