/** What calls that one request brings together share, and what they don't. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCaller } from '../caller.ts';
import { cookieOf, startTestServer, type TestServer } from './harness.ts';

vi.mock(import('../caller.ts'), async (original) => {
  const real = await original();
  return { ...real, loadCaller: vi.fn(real.loadCaller) };
});
const lookedUp = vi.mocked(loadCaller);

let server: TestServer;
let cookie: string;
beforeAll(async () => {
  server = await startTestServer();
  cookie = await cookieOf(server, server.owner);
});
afterAll(() => server.close());

const host = '127.0.0.1:8080';
function batch(paths: readonly string[], inputs: Record<number, unknown> = {}) {
  const input = encodeURIComponent(JSON.stringify(inputs));
  return server.app.inject({
    url: `/trpc/${paths.join(',')}?batch=1&input=${input}`,
    headers: { host, cookie },
  });
}

describe('the reads of a batch', () => {
  it('look up the roles of whoever asks once', async () => {
    lookedUp.mockClear();
    const environmentId = server.production.id;
    const answer = await batch(['workspace.tree', 'drafts.list', 'agents.list'], {
      1: { environmentId },
      2: { environmentId },
    });
    expect(answer.statusCode).toBe(200);
    expect(lookedUp).toHaveBeenCalledOnce();
  });

  it('are refused one by one all the same', async () => {
    const answers = await batch(['drafts.get', 'workspace.tree'], { 0: { draftId: 'nothing' } });
    const [refused, read] = answers.json<{ error?: { data: { byteor: unknown } } }[]>();
    expect(refused?.error?.data.byteor).toMatchObject({
      code: 'input_invalid',
      message: expect.stringMatching(/^draftId: ./) as string,
      args: { issues: [{ path: 'draftId' }] },
    });
    expect(read?.error).toBeUndefined();
  });
});

it('the next request looks the roles up again', async () => {
  lookedUp.mockClear();
  await batch(['workspace.tree']);
  await batch(['workspace.tree']);
  expect(lookedUp).toHaveBeenCalledTimes(2);
});
