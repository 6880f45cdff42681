import { expect, type Page } from 'playwright/test';

export interface BundleFields {
  name?: string;
  input?: string;
  output?: string;
  reject?: string;
  /** `Follow the file` unless told. */
  mode?: 'Follow the file' | 'Stop at the end';
  start?: 'From the start' | 'From the end';
  tooLarge?: 'Count and keep aside' | 'Stop the pipeline';
  slotBytes?: 256 | 1024 | 4096 | 16384;
}

/** The form of a config bundle, new or existing. */
export function bundleForm(page: Page) {
  return {
    async fill(fields: BundleFields): Promise<void> {
      const texts: [string, string | undefined][] = [
        ['Name', fields.name],
        ['Input path', fields.input],
        ['Output path', fields.output],
        ['Reject path', fields.reject],
      ];
      for (const [label, value] of texts) {
        if (value !== undefined) await page.getByRole('textbox', { name: label }).fill(value);
      }
      for (const choice of [fields.mode, fields.start, fields.tooLarge]) {
        if (choice !== undefined) await page.getByRole('radio', { name: choice }).check();
      }
      if (fields.slotBytes !== undefined) {
        await page.getByLabel('Largest record').selectOption(String(fields.slotBytes));
      }
    },

    /** The exact text that would be shipped. */
    async text(): Promise<string> {
      return page.getByRole('region', { name: 'runtime_config.txt' }).innerText();
    },

    async create(): Promise<void> {
      const create = page.getByRole('button', { name: 'Create config bundle' });
      await expect(create).toBeEnabled();
      await create.click();
      await expect(page).toHaveURL(/\/bundles\/[0-9a-f-]{36}/);
    },

    async deploy(): Promise<void> {
      await page.getByRole('link', { name: 'Deploy…' }).click();
      await expect(page.getByRole('heading', { name: 'New deployment' })).toBeVisible();
    },
  };
}
