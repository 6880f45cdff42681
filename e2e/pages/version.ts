import { expect, type Page } from 'playwright/test';

/** The page of one version. */
export function versionPage(page: Page) {
  return {
    /** The recorded spec hash, once the page has computed the same. */
    async checkedSpecHash(): Promise<string> {
      const check = page.locator('[data-check]').first();
      await expect(check).toHaveAttribute('data-check', 'match');
      const code = check.getByRole('code');
      return (await code.getAttribute('title')) ?? (await code.innerText());
    },

    /** The canonical spec KV as shown. */
    async specKv(): Promise<string> {
      return page.getByRole('region', { name: 'exact spec KV' }).innerText();
    },

    /** Promotes into another environment and waits for the new version's page. */
    async promote(environment: string): Promise<void> {
      const from = page.url();
      await page.getByRole('button', { name: 'Promote…' }).click();
      const dialog = page.getByRole('dialog');
      const select = dialog.getByLabel('To environment');
      const option = select.locator('option', { hasText: environment });
      await select.selectOption((await option.getAttribute('value')) ?? '');
      await dialog.getByRole('button', { name: 'Promote', exact: true }).click();
      await expect(page).not.toHaveURL(from);
      await expect(dialog).toBeHidden();
    },

    async createBundle(): Promise<void> {
      await page.getByRole('link', { name: 'Create config bundle…' }).click();
      await expect(page.getByRole('heading', { name: 'New config bundle' })).toBeVisible();
    },

    async deploy(): Promise<void> {
      await page.getByRole('link', { name: 'Deploy…' }).click();
      await expect(page.getByRole('heading', { name: 'New deployment' })).toBeVisible();
    },
  };
}
