import { expect, type Page } from 'playwright/test';

export interface Counters {
  in: number;
  out: number;
  dropped: number;
  rejected: number;
}

/** The page of one deployment, live. */
export function deploymentPage(page: Page) {
  const state = page.getByRole('status', { name: 'State' });
  return {
    state,

    /** Waits, without reloading, until the deployment is in a state such as `Active`. */
    async reaches(label: string, timeout = 60_000): Promise<void> {
      await expect(state).toContainText(label, { timeout });
    },

    /** The states gone through, by name and in order; the timeline shows the newest first. */
    async states(): Promise<string[]> {
      const newestFirst = await page
        .getByRole('list', { name: 'Timeline' })
        .locator('li[data-step]')
        .evaluateAll((lines) => lines.map((line) => line.dataset['step'] ?? ''));
      return newestFirst.reverse();
    },

    /** The counters as shown now. */
    async counters(): Promise<Counters> {
      const read = async (name: string) => {
        const text = await page.locator(`[data-counter="${name}"]`).innerText();
        return Number(text.replaceAll(',', ''));
      };
      return {
        in: await read('in'),
        out: await read('out'),
        dropped: await read('dropped'),
        rejected: await read('rejected'),
      };
    },

    /** Waits, without reloading, until the counters are these. */
    async countersReach(expected: Counters, timeout = 60_000): Promise<void> {
      await expect
        .poll(async () => (await page.locator('[data-counter]').count()) > 0, { timeout })
        .toBe(true);
      await expect.poll(() => this.counters(), { timeout }).toEqual(expected);
    },

    async openApproval(): Promise<void> {
      await page.getByRole('link', { name: 'Open approval' }).click();
    },
  };
}
