import type { Locator, Page } from 'playwright/test';

/**
 * The ways to other pages: from the editor, which has none of them, by way of the overview; on a phone,
 * and where a decision has the window, behind a button.
 */
export async function navigation(page: Page): Promise<Locator> {
  const main = page.getByRole('navigation', { name: 'Main' });
  if (new URL(page.url()).pathname.startsWith('/drafts/')) {
    await page.getByRole('link', { name: 'ByteOr, overview' }).click();
    await main.waitFor();
  }
  const button = page.getByRole('button', { name: 'Navigation', exact: true });
  await main.or(button).first().waitFor();
  if (await main.isHidden()) await button.click();
  return main;
}
