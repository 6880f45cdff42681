/** A server for the tests of components: answers by procedure, and what was asked of it. */
import { vi } from 'vitest';

export interface Asked {
  path: string;
  input: unknown;
}

/** Answers calls of the page by `answers`; a function may throw a refusal `{ code, message }`. */
export function answering(answers: Record<string, (input: never) => unknown>): Asked[] {
  const asked: Asked[] = [];
  vi.spyOn(window, 'fetch').mockImplementation(async (target, init) => {
    const url = new URL(target instanceof Request ? target.url : target, location.href);
    const paths = url.pathname.replace(/^.*\/trpc\//, '').split(',');
    const body = typeof init?.body === 'string' ? init.body : url.searchParams.get('input');
    const inputs = JSON.parse(body ?? '{}') as Record<string, unknown>;
    const results = paths.map((path, at) => {
      const input = inputs[at];
      asked.push({ path, input });
      const answer = answers[path];
      if (!answer) throw new Error(`the test has no answer for ${path}`);
      try {
        return { result: { data: answer(input as never) } };
      } catch (refusal) {
        return { error: { message: 'refused', code: -32000, data: { byteor: refusal } } };
      }
    });
    return Promise.resolve(
      new Response(JSON.stringify(results), {
        status: 200,
        headers: { 'content-type': 'application/json' },
      }),
    );
  });
  return asked;
}
