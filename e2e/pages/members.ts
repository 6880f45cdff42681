import { expect, type Page } from 'playwright/test';
import { navigation } from './navigation.ts';

/** Members and invitations. */
export function members(page: Page) {
  return {
    async open(): Promise<void> {
      const main = await navigation(page);
      await main.getByRole('link', { name: 'Members' }).click();
      await expect(page.getByRole('heading', { name: 'Members', level: 1 })).toBeVisible();
    },

    /** Issues a sign-in link for a member and answers it; it is shown only now. */
    async signInLink(name: string): Promise<string> {
      await page
        .getByRole('button', { name: `More on ${name}` })
        .first()
        .click();
      await page.getByRole('menuitem', { name: 'Sign-in link…' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Create sign-in link' }).click();
      const link = dialog.getByText(/\/sign-in#/);
      await expect(link).toBeVisible();
      const url = await link.innerText();
      await dialog.getByRole('button', { name: 'Done' }).click();
      return url;
    },

    /** Invites somebody to a project and answers the one-time link, which is shown only now. */
    async invite(person: { name: string; email: string; role: string }): Promise<string> {
      await page.getByRole('button', { name: 'Invite…' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill(person.name);
      await dialog.getByLabel('E-mail').fill(person.email);
      await dialog.getByLabel('Role').selectOption(person.role);
      await dialog.getByRole('button', { name: 'Create invitation link' }).click();
      const link = dialog.getByText(/\/invite#/);
      await expect(link).toBeVisible();
      const url = await link.innerText();
      await dialog.getByRole('button', { name: 'Done' }).click();
      return url;
    },
  };
}
