import type { Page } from 'playwright/test';

/** A call of the control plane from the signed-in page, as the page itself makes it. */
export async function call<Answer>(
  page: Page,
  kind: 'query' | 'mutation',
  procedure: string,
  input?: unknown,
): Promise<{ data: Answer; code: null } | { data: null; code: string }> {
  return page.evaluate(
    async ({ kind, procedure, json }) => {
      const answer =
        kind === 'query'
          ? await fetch(`/trpc/${procedure}${json ? `?input=${encodeURIComponent(json)}` : ''}`)
          : await fetch(`/trpc/${procedure}`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: json || '{}',
            });
      const body = await answer.json();
      return body.error
        ? { data: null, code: String(body.error.data?.byteor?.code ?? body.error.message) }
        : { data: body.result.data, code: null };
    },
    { kind, procedure, json: input === undefined ? '' : JSON.stringify(input) },
  );
}

/** The same, for calls that have to succeed. */
export async function must<Answer>(
  page: Page,
  kind: 'query' | 'mutation',
  procedure: string,
  input?: unknown,
): Promise<Answer> {
  const { data, code } = await call<Answer>(page, kind, procedure, input);
  if (code !== null) throw new Error(`${procedure}: ${code}`);
  return data;
}
