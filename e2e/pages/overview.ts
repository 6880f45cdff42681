import { expect, type Locator, type Page } from 'playwright/test';
import { navigation } from './navigation.ts';
import { ready } from './page.ts';

/** The overview and the way from it into environments. */
export function overview(page: Page) {
  return {
    /** The card that leads through the first run. */
    guide: page.getByRole('region', { name: 'First steps' }),

    /** What waits for the person. */
    needs: page.getByRole('list', { name: 'What needs you' }),

    /** The row of one environment. */
    environment: (name: string): Locator =>
      page
        .getByRole('table', { name: /^Environments of / })
        .getByRole('row', { name: new RegExp(`^${name}\\b`) }),

    async open(): Promise<void> {
      const main = await navigation(page);
      await main.getByRole('link', { name: 'Overview' }).click();
      await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
    },

    async openEnvironment(name: string): Promise<void> {
      const main = await navigation(page);
      await main.getByRole('link', { name: new RegExp(`^${name}`) }).click();
      await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
    },

    /** Waits until the environment's agent is online, which takes a build on a fresh clone. */
    async agentOnline(environment: string, timeout = 180_000): Promise<void> {
      await expect(this.environment(environment)).toContainText('1 of 1', { timeout });
    },

    async openDraft(name: string): Promise<void> {
      await page.getByRole('link', { name, exact: true }).first().click();
      await ready(page);
    },
  };
}

/** Parts of an environment's page. */
export function environmentPage(page: Page) {
  return {
    async tab(
      name: 'Drafts' | 'Versions' | 'Config bundles' | 'Deployments' | 'Agents',
    ): Promise<void> {
      await page.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
    },

    async newDraft(name: string): Promise<void> {
      await page.getByRole('button', { name: 'New draft…' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill(name);
      await dialog.getByRole('button', { name: 'Create draft' }).click();
      await expect(page).toHaveURL(/\/drafts\//);
    },

    async openVersion(number: number): Promise<void> {
      await page
        .getByRole('link', { name: `v${number}`, exact: true })
        .first()
        .click();
      await expect(
        page.getByRole('heading', { name: new RegExp(`^v${number}\\b`), level: 1 }),
      ).toBeVisible();
    },
  };
}
