import type { ComponentProps } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { defineQuery } from '$lib/api/query.svelte';
import Deciding from './Deciding.testing.svelte';

type Approval = ComponentProps<typeof Deciding>['approval'];

/** What the bar reads of a request. */
const approval = {
  id: 'a1',
  digest: `sha256:9f3c21ab${'0'.repeat(56)}`,
  state: 'pending',
  expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  requestedBy: { id: 'u1', name: 'Ana' },
  you: { name: 'Bo', proven: true, method: 'host_link', letInBy: [] },
  environment: { posture: 'prod', name: 'production' },
  quorum: 1,
  yeses: [],
  rules: { approvers: { users: [], roles: [] } },
  carriedFrom: null,
  revokeRefusal: 'nothing_to_revoke',
  approveRefusal: null,
  breakGlassRefusal: 'not_allowed',
} as unknown as Approval;

afterEach(() => vi.restoreAllMocks());

it.each(['approve', 'deny'] as const)(
  'a request is read anew when the answer to “%s” is lost: it may have been done',
  async (decision) => {
    const sent: string[] = [];
    vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
      sent.push(input instanceof Request ? input.url : String(input));
      return Promise.reject(new TypeError('the connection was cut'));
    });
    let read = 0;
    const ask = defineQuery(
      { query: () => Promise.resolve(`read ${(read += 1)}`) },
      { topics: () => ['approval'] },
    );
    const page = await render(Deciding, { ask, approval });
    await expect.element(page.getByText('read 1')).toBeVisible();
    if (decision === 'approve') {
      await page.getByLabelText('Type its first four characters to approve').fill('9f3c');
      await page.getByRole('button', { name: 'Approve 9f3c 21ab' }).click();
    } else {
      // Where there is little room, as in the frame of a test, the reason opens behind a button.
      await page.getByRole('button', { name: 'Deny…' }).click();
      await page.getByLabelText('Reason').fill('not today');
      await page.getByRole('button', { name: 'Deny', exact: true }).click();
    }
    await expect.element(page.getByText('read 2')).toBeVisible();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toContain(`approvals.${decision}`);
  },
);
