import { expect, type Page } from 'playwright/test';

/** The form that asks for a deployment. */
export function deploymentForm(page: Page) {
  return {
    async choose(choice: { version?: string; bundle?: string; agent?: string }): Promise<void> {
      for (const [label, text] of [
        ['Version', choice.version],
        ['Config bundle', choice.bundle],
      ] as const) {
        if (text === undefined) continue;
        const select = page.getByLabel(label);
        const option = select.locator('option', { hasText: text }).first();
        await select.selectOption((await option.getAttribute('value')) ?? '');
      }
      if (choice.agent !== undefined) {
        await page.getByRole('checkbox', { name: choice.agent }).check();
      }
    },

    async comment(text: string): Promise<void> {
      await page.getByLabel('Comment for the reviewer').fill(text);
    },

    /** Asks for it, once the digest was recomputed in the page; answers the deployment's id. */
    async request(): Promise<string> {
      await expect(page.locator('[data-check]').first()).toHaveAttribute('data-check', 'match');
      const button = page.getByRole('button', { name: /^(Request deployment|Deploy)$/ });
      await expect(button).toBeEnabled();
      await button.click();
      await expect(page).toHaveURL(/\/deployments\/[0-9a-f-]{36}/);
      return new URL(page.url()).pathname.split('/').at(-1) ?? '';
    },
  };
}
