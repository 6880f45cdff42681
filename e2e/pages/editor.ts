import { expect, type Locator, type Page } from 'playwright/test';
import { ready } from './page.ts';

/** The editor of one draft. Rows of the outline are found by `data-row`: an id, or `a->b`. */
export function editor(page: Page) {
  const outline = page.getByRole('tree', { name: 'Outline' });
  const inspector = page.locator('section.inspector');
  const problemList = page.getByRole('list', { name: 'Problems', exact: true });
  const text = page.getByRole('region', { name: 'Plan text' });
  const dialog = page.getByRole('dialog');
  const hash = page.getByTestId('spec-hash');
  const createButton = page.getByRole('button', { name: 'Create version', exact: true });

  const row = (id: string): Locator => outline.locator(`[data-row="${id}"]`);

  async function select(id: string): Promise<void> {
    await row(id).click();
    await expect(row(id)).toHaveAttribute('aria-selected', 'true');
  }

  /** Waits until a stage has a key. */
  const hasKey = async (id: string, key: string): Promise<void> => {
    await expect.poll(() => row(id).getAttribute('aria-label')).toContain(key);
  };

  /** Shows where an element leads, and expects it to lead there. */
  const leads = async (from: string, to: string): Promise<void> => {
    await expect(row(from)).toHaveAttribute('aria-expanded');
    if ((await row(from).getAttribute('aria-expanded')) === 'false')
      await row(from).press('ArrowRight');
    await expect(row(`${from}->${to}`)).toBeVisible();
  };

  /** Waits until the compiler has answered for the text on show. */
  const checked = async (): Promise<void> => {
    await expect(page.getByTestId('problem-counts')).not.toHaveText('Checking…');
  };

  /** Opens the dock at a tab. */
  const dock = async (tab: 'Problems' | 'Text' | 'Run' | 'Cases' | 'Spec'): Promise<void> => {
    const button = page.getByRole('tablist', { name: 'Dock' }).getByRole('tab', { name: tab });
    await button.click();
    await expect(button).toHaveAttribute('aria-selected', 'true');
  };

  /** Does something with the spec, in the dock where it isn't on show; the problems come back after. */
  const withSpec = async <T>(read: () => Promise<T>): Promise<T> => {
    const elsewhere = await page.getByRole('region', { name: 'Spec', exact: true }).isVisible();
    if (!elsewhere) await dock('Spec');
    await specIsCurrent();
    const answer = await read();
    if (!elsewhere) await dock('Problems');
    return answer;
  };

  /** Waits until the spec panel shows what the text on show gives. */
  const specIsCurrent = async (): Promise<void> => {
    await expect(page.getByRole('region', { name: 'Spec', exact: true })).toHaveAttribute(
      'aria-busy',
      'false',
    );
  };

  return {
    outline,
    inspector,
    dialog,
    text,
    /** The box around the canvas; its nodes carry `data-id`. */
    canvas: page.getByTestId('canvas'),
    row,
    select,
    leads,
    hasKey,

    /** A node of the canvas. */
    node: (id: string): Locator =>
      page.getByTestId('canvas').locator(`.svelte-flow__node[data-id="${id}"]`),

    /** A connection of the canvas, `a->b`. */
    wire: (id: string): Locator =>
      page.getByTestId('canvas').locator(`.svelte-flow__edge[data-id="${id}"]`),

    dock,

    /** Waits until the compiler has answered for what is on show, and opens the problems. */
    async opened(): Promise<void> {
      await ready(page);
      await expect(outline.or(page.getByText('The plan is empty'))).toBeVisible();
      await checked();
      await dock('Problems');
    },

    /** Adds a stage after an element, or on a connection `a->b`, or on its own. */
    async addStage(stage: { key: string; id?: string; at?: string }): Promise<void> {
      if (stage.at) await select(stage.at);
      await page
        .getByRole('toolbar', { name: 'Add', exact: true })
        .getByRole('button', { name: 'Add stage' })
        .click();
      const [family = '', ...rest] = stage.key.split(':');
      await dialog.getByRole('combobox').fill(family);
      await dialog.getByRole('combobox').press('Enter');
      const add = dialog.getByRole('button', { name: /^Add/u });
      // A family without parameters is added at once.
      await expect(add.or(outline.locator('[aria-selected="true"]')).first()).toBeVisible();
      if (await add.isVisible()) {
        const parameters = dialog.locator('input[name^="parameter-"]');
        if (rest.length > 0) {
          await expect(parameters.first()).toBeFocused();
          const value = rest.join(':');
          const split = (await parameters.count()) > 1 ? value.search(/(?<!\\)=/u) : -1;
          await parameters.first().fill(split < 0 ? value : value.slice(0, split));
          if (split >= 0) await parameters.nth(1).fill(value.slice(split + 1));
        }
        if (stage.id) await dialog.getByLabel('Id', { exact: true }).fill(stage.id);
        await add.click();
      }
      await expect(dialog).toBeHidden();
      if (stage.id) await expect(row(stage.id)).toBeVisible();
    },

    /** Connects two elements through the menu that the keyboard uses. */
    async connect(from: string, to: string): Promise<void> {
      await select(from);
      await row(from).press('c');
      await dialog.getByRole('combobox').fill(to);
      await dialog.getByRole('combobox').press('Enter');
      await leads(from, to);
    },

    async rename(id: string, to: string): Promise<void> {
      await select(id);
      await row(id).press('F2');
      await inspector.getByLabel('Id', { exact: true }).fill(to);
      await inspector.getByLabel('Id', { exact: true }).press('Enter');
      await expect(row(to)).toBeVisible();
    },

    async setKey(id: string, key: string): Promise<void> {
      await select(id);
      // The key brings the form, also where the spec has its place.
      await row(id).press('k');
      await inspector.getByLabel('Stage key').fill(key);
      await inspector.getByLabel('Stage key').press('Enter');
      // The outline says the key to those who hear it, and shows what the stage does.
      await expect.poll(() => row(id).getAttribute('aria-label')).toContain(key);
    },

    async remove(id: string): Promise<void> {
      await select(id);
      await row(id).press('Delete');
      await expect(row(id)).toHaveCount(0);
    },

    /** Opens the text beside the canvas, waits for Monaco, and brings the outline back beside it. */
    async openTextLane(): Promise<void> {
      if (!(await text.isVisible())) await page.keyboard.press('Alt+T');
      const rail = page.getByRole('toolbar', { name: 'Left panel' });
      if (await rail.isVisible()) await rail.getByRole('button', { name: 'Outline' }).click();
      await expect(text.locator('.monaco-editor .view-lines').first()).toBeVisible({
        timeout: 30_000,
      });
    },

    /** Replaces the whole text by typing in the text lane, which has to be open. */
    async typeText(plan: string): Promise<void> {
      // The lines themselves may be scrolled out of the lane; the lane is not.
      await text
        .locator('.monaco-editor')
        .first()
        .click({ position: { x: 200, y: 12 } });
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.insertText(plan);
      await page.keyboard.press('Escape');
    },

    async chooseTarget(target: 'single_ring' | 'lane_graph'): Promise<void> {
      const name = target === 'single_ring' ? 'SingleRing' : 'LaneGraph';
      await page
        .getByRole('radiogroup', { name: 'Execution target' })
        .getByRole('radio', { name })
        .check({ force: true });
    },

    /** The text as the lane shows it; long plans are shown in part only. */
    async shownText(): Promise<string> {
      // Monaco keeps its line elements in any order; their place on the screen is what counts.
      const lines = await text.locator('.monaco-editor .view-line').evaluateAll((elements) =>
        elements
          .map((element) => ({
            top: Number.parseFloat((element as HTMLElement).style.top),
            line: (element as HTMLElement).innerText,
          }))
          .sort((a, b) => a.top - b.top)
          .map(({ line }) => line),
      );
      return lines.join('\n').replaceAll('\u00A0', ' ');
    },

    /** The problems list's entries, `error: …` first. */
    problems: problemList.getByRole('listitem'),

    /** Those of them that keep the plan from giving a spec. */
    errors: problemList.getByRole('listitem').filter({ hasText: /^\s*E?\s*error:/u }),

    checked,

    async applyFix(title: string): Promise<void> {
      await problemList.getByRole('button', { name: title, exact: true }).first().click();
    },

    /** The spec hash that the page computed. Fails when the plan doesn't compile. */
    async specHash(): Promise<string> {
      return withSpec(async () => {
        await expect(hash).toBeVisible();
        return (await hash.getAttribute('data-hash')) ?? '';
      });
    },

    async specKv(): Promise<string> {
      return withSpec(async () => {
        await page.getByRole('tab', { name: 'Spec KV' }).click();
        await specIsCurrent();
        return page.getByRole('region', { name: 'spec KV', exact: true }).innerText();
      });
    },

    async describeText(): Promise<string> {
      return withSpec(async () => {
        await page.getByRole('tab', { name: 'Description' }).click();
        await specIsCurrent();
        return page.getByRole('region', { name: 'description', exact: true }).innerText();
      });
    },

    /** Waits until the server has what the page shows. */
    async saved(): Promise<void> {
      await expect(page.getByTestId('save-state')).toHaveAttribute('data-state', 'saved', {
        timeout: 15_000,
      });
    },

    saveState: page.getByTestId('save-state'),
    createButton,

    /** Why no version can be made now; empty when one can. */
    async refusal(): Promise<string> {
      if ((await createButton.getAttribute('aria-disabled')) !== 'true') return '';
      return (await createButton.getAttribute('title')) ?? '';
    },

    /** Makes a version and answers the id from its page's address. */
    async createVersion(): Promise<string> {
      await createButton.click();
      await expect(page).toHaveURL(/\/versions\/[^/]+$/u, { timeout: 30_000 });
      return new URL(page.url()).pathname.split('/').at(-1) ?? '';
    },
  };
}
