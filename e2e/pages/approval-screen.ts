import { expect, type Page } from 'playwright/test';
import { navigation } from './navigation.ts';

/** The inbox and the screen on which one approval is decided. */
export function approvalScreen(page: Page) {
  const approve = page.getByRole('button', { name: /^Approve [0-9a-f]{4} [0-9a-f]{4}$/ });
  const deny = page.getByRole('button', { name: 'Deny', exact: true });
  const digest = page.getByLabel('Type its first four characters to approve');
  return {
    approve,
    deny,
    /** The field for the first four characters. */
    digest,
    /** What changed while the page stood, where something did. */
    changed: page.getByRole('alert').filter({ hasText: 'Changed since you opened this page' }),
    read: page.getByRole('button', { name: 'I have read what changed' }),

    /** Opens the oldest waiting approval from the inbox. */
    async openFirst(): Promise<void> {
      const main = await navigation(page);
      await main.getByRole('link', { name: /^Approvals/ }).click();
      await page
        .getByRole('region', { name: 'You can decide' })
        .getByRole('link', { name: /^Run / })
        .first()
        .click();
      await expect(page.getByRole('heading', { name: /^Run .*\?/, level: 1 })).toBeVisible();
    },

    /** Waits until spec hash, config digest and deployment digest were all recomputed and match. */
    async hashesMatch(): Promise<void> {
      const check = page.getByRole('list', { name: 'What was checked' }).locator('[data-check]');
      await expect(check).toHaveAttribute('data-check', 'match');
    },

    /** The first four characters of the digest, as the approve button names them. */
    async firstFour(): Promise<string> {
      return (await approve.innerText()).trim().split(' ')[1] ?? '';
    },

    /** What the compiler says changes, as text. */
    async changes(): Promise<string> {
      return page.getByRole('region', { name: 'What changes for the records' }).innerText();
    },

    /** Decides, with a reason, and waits until the decision stands. */
    async decide(decision: 'approve' | 'deny', reason = ''): Promise<void> {
      // Where there is little room, the reason has the bar to itself.
      const more = page.getByRole('button', { name: 'Deny…' });
      if (decision === 'deny') {
        if (await more.isVisible()) await more.click();
        await page.getByLabel('Reason').fill(reason);
        await deny.click();
      } else {
        if (reason !== '') await page.getByLabel('Reason').fill(reason);
        await digest.fill(await this.firstFour());
        await expect(approve).toBeEnabled();
        await approve.click();
      }
      await expect(page.getByRole('region', { name: 'The decision' })).toBeVisible();
    },
  };
}
