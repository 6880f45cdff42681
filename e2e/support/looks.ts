/** Looks at a page as it stands: what axe finds in both themes, and that nothing scrolls sideways. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from 'playwright/test';
import { drawn } from '../pages/index.ts';

/** What only depends on colours is looked at in both themes, what the page is made of in one. */
const ofColour = ['color-contrast', 'link-in-text-block'];

/** What axe finds serious or critical on the page as it stands. */
async function serious(on: Page, rules?: string[]): Promise<string[]> {
  // In the page itself: another page for the report would take as long as the rest.
  const axe = new AxeBuilder({ page: on })
    .setLegacyMode(true)
    .options({ resultTypes: ['violations'], preload: false });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(' ')}\n${node.failureSummary ?? ''}`),
    );
}

/**
 * What axe judges of the page as it stands: what is shown, what it says, in which colours and sizes, and what
 * scrolls. Where that is the same at another width, so is what axe finds.
 */
function shown(on: Page): Promise<string> {
  return on.evaluate(() => {
    const told: string[] = [];
    for (const one of document.querySelectorAll('*')) {
      if (!one.checkVisibility({ visibilityProperty: true })) continue;
      const { color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight } =
        getComputedStyle(one);
      const attributes = [...one.attributes]
        .filter(({ name }) => name !== 'style')
        .map(({ name, value }) => `${name}=${value}`);
      const text = [...one.childNodes]
        .filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.textContent);
      const scrolls = one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight;
      told.push(
        [
          ...[one.tagName, ...attributes, ...text, color, backgroundColor, backgroundImage],
          ...[opacity, fontSize, fontWeight, scrolls],
        ].join(' '),
      );
    }
    return told.join('\n');
  });
}

/** Looks in light and dark, at each width. */
export async function look(on: Page, what: string, at: readonly number[]): Promise<void> {
  const judged = new Set<string>();
  for (const width of at) {
    await on.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await on.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // The browser says so before the page has it: a table that isn't narrow yet would scroll sideways.
      await on.waitForFunction(
        ([wide, scheme]) =>
          innerWidth === wide && matchMedia(`(prefers-color-scheme: ${scheme})`).matches,
        [width, colorScheme] as const,
      );
      await drawn(on);
      const now = `${colorScheme}\n${await shown(on)}`;
      if (judged.has(now)) continue;
      judged.add(now);
      const found = await serious(on, colorScheme === 'dark' ? ofColour : undefined);
      expect.soft(found, `${what}, ${colorScheme}, ${width}`).toEqual([]);
    }
    const overflow = await on.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect.soft(overflow, `${what} at ${width} scrolls sideways`).toBeLessThanOrEqual(0);
  }
}

/** Looks at a state that a test reached on its way, narrow and wide, and leaves the page as it was. */
export async function lookAt(on: Page, what: string, at = [390, 1440]): Promise<void> {
  await test.step(`looks at ${what}`, async () => {
    const size = on.viewportSize();
    await look(on, what, at);
    if (size) await on.setViewportSize(size);
    await on.emulateMedia({ colorScheme: null, reducedMotion: null });
  });
}
