import { expect, type Page } from 'playwright/test';
import { navigation } from './navigation.ts';

/** The inbox and the screen on which one approval is decided. */
export function approvalScreen(page: Page) {
  const approve = page.getByRole('button', { name: 'Approve and sign' });
  const deny = page.getByRole('button', { name: 'Deny', exact: true });
  return {
    approve,
    deny,

    /** Opens the oldest waiting approval from the inbox. */
    async openFirst(): Promise<void> {
      const main = await navigation(page);
      await main.getByRole('link', { name: /^Approvals/ }).click();
      await page
        .getByRole('region', { name: 'Waiting for a decision' })
        .getByRole('link', { name: /^Deploy / })
        .first()
        .click();
      await expect(page.getByRole('heading', { name: /^Deploy .*\?$/, level: 1 })).toBeVisible();
    },

    /** Waits until spec hash, config digest and deployment digest were all recomputed and match. */
    async hashesMatch(): Promise<void> {
      const checks = page.locator('[data-check]');
      await expect(checks).toHaveCount(3);
      for (let i = 0; i < 3; i++)
        await expect(checks.nth(i)).toHaveAttribute('data-check', 'match');
    },

    /** What the compiler says changes, as text. */
    async changes(): Promise<string> {
      return page.getByRole('region', { name: 'What changes in meaning' }).innerText();
    },

    /** Decides, with a comment, and waits until the decision stands. */
    async decide(decision: 'approve' | 'deny', comment = ''): Promise<void> {
      await page.getByLabel('Comment').fill(comment);
      const button = decision === 'approve' ? approve : deny;
      await expect(button).toBeEnabled();
      await button.click();
      await expect(page.getByRole('region', { name: 'The decision' })).toBeVisible();
    },
  };
}
