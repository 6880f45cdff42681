import { expect, type Page } from 'playwright/test';

/** The run of a draft in the page: its tab of the dock, and what the inspector says of a step. */
export function run(page: Page) {
  const tab = page.getByRole('region', { name: 'Run', exact: true });
  const records = tab.getByRole('listbox', { name: /^Records/u });
  const dialog = page.getByRole('dialog');

  return {
    tab,
    records,
    /** Where the run stands, as the canvas says it. */
    standing: page.getByTestId('run-bar'),
    slider: tab.getByRole('slider', { name: 'Time' }),

    /** A record of the list by its number; the row says what became of it. */
    record: (number: number) =>
      records.getByRole('option').filter({ has: page.getByText(`#${number}`, { exact: true }) }),

    /** What the inspector says of an element at this step. */
    atStep: (id: string) => page.getByRole('region', { name: `${id} at this step` }),

    /** Runs what is chosen, from the button of the bar. */
    async start(): Promise<void> {
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await expect(tab).toBeVisible();
    },

    /** Makes a sample of lines, which runs at once. */
    async paste(name: string, lines: readonly string[]): Promise<void> {
      const button = tab.getByRole('button', { name: 'Paste records…' });
      if (await button.isVisible()) await button.click();
      else {
        await tab.getByRole('button', { name: /^Sample:/u }).click();
        await page.getByRole('menuitem', { name: 'Paste records…' }).click();
      }
      await dialog.getByLabel('Records, one a line').fill(lines.join('\n'));
      await dialog.getByRole('textbox', { name: 'Name' }).fill(name);
      await dialog.getByRole('button', { name: /^Add \d/u }).click();
      await expect(dialog).toBeHidden();
    },

    /** The number of the step that it stands at. */
    async step(): Promise<number> {
      return Number(await tab.getByRole('slider', { name: 'Time' }).getAttribute('aria-valuenow'));
    },
  };
}
