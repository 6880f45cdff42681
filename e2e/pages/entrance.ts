import { expect, type Page } from 'playwright/test';
import { open, ready } from './page.ts';

/** Opens a one-time sign-in link and waits for the overview. */
export async function signIn(page: Page, link: string): Promise<void> {
  await open(page, link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
}

/** Opens an invitation, accepts it under the given or the proposed name, and waits for the overview. */
export async function acceptInvitation(
  page: Page,
  link: string,
  person: { name?: string } = {},
): Promise<void> {
  await open(page, link);
  const accept = page.getByRole('button', { name: 'Accept and sign in' });
  await expect(accept).toBeVisible();
  if (person.name !== undefined) await page.getByLabel('Your name').fill(person.name);
  await accept.click();
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
}

/** Signs out through the user's menu. */
export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Signed in as / }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await ready(page);
}
