import { expect, type Page } from 'playwright/test';
import { editor } from './editor.ts';

/** Gestures in the open text lane, by keyboard as an author makes them. */
export function textLane(page: Page) {
  const edit = editor(page);
  const widget = page.locator('.suggest-widget.visible');
  const chosen = widget.locator('.monaco-list-row.focused .label-name').first();

  async function steps(key: string, wanted: string): Promise<void> {
    for (let step = 0; step < 200; step += 1) {
      if ((await edit.shownText()).trim() === wanted.trim()) return;
      await page.keyboard.press(key);
    }
    expect((await edit.shownText()).trim()).toBe(wanted.trim());
  }

  return {
    /** Puts the cursor into the text. */
    async focus(): Promise<void> {
      await edit.text.locator('.monaco-editor .view-lines').first().click();
    },

    /** Takes the suggestion of that name, or the first one, and answers its name. */
    async complete(label?: string): Promise<string> {
      if (!(await widget.isVisible())) await page.keyboard.press('Control+Space');
      await expect(chosen).toBeVisible();
      for (let step = 0; label && step < 60; step += 1) {
        if ((await chosen.innerText()).trim() === label) break;
        await page.keyboard.press('ArrowDown');
      }
      const taken = (await chosen.innerText()).trim();
      if (label) expect(taken).toBe(label);
      const before = await edit.shownText();
      await page.keyboard.press('Tab');
      await expect.poll(() => edit.shownText()).not.toBe(before);
      return taken;
    },

    /** Leaves what is open, fields of a snippet included, and starts a new line. */
    async newLine(): Promise<void> {
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
    },

    /** Moves the cursor; line and column count from 1. */
    async goTo(line: number, column: number): Promise<void> {
      await page.keyboard.press('ControlOrMeta+Home');
      for (let at = 1; at < line; at += 1) await page.keyboard.press('ArrowDown');
      for (let at = 1; at < column; at += 1) await page.keyboard.press('ArrowRight');
    },

    /** Renames what stands at the cursor. */
    async rename(to: string): Promise<void> {
      await page.keyboard.press('F2');
      const field = page.locator('.rename-box input, .rename-input').first();
      await expect(field).toBeVisible();
      await field.fill(to);
      await page.keyboard.press('Enter');
    },

    /** Pastes a text from the clipboard. */
    async paste(text: string): Promise<void> {
      await page.evaluate((copied) => navigator.clipboard.writeText(copied), text);
      await page.keyboard.press('ControlOrMeta+V');
    },

    undoUntil: (wanted: string): Promise<void> => steps('ControlOrMeta+Z', wanted),
    redoUntil: (wanted: string): Promise<void> => steps('ControlOrMeta+Shift+Z', wanted),
  };
}
