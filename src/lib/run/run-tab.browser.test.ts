// The run's tab where there is little room: beside a text, on a tablet, on a phone.
import { afterEach, expect, test } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page } from 'vitest/browser';
import { CaseBook } from '$lib/cases/case-book.svelte';
import { CompilerClient } from '$lib/compiler/client';
import { connectToWorker } from '$lib/compiler/connect';
import type { ActionContext } from '$lib/editor/actions';
import { openSession } from '$lib/editor/session/open.testing';
import '$lib/ui/base.css';
import '$lib/ui/tokens.css';
import { RunSession } from './run-session.svelte';
import RunTab from './RunTab.svelte';

const text = `pipeline orders

ingress feed
stage quiet drop:debug
stage mask json_mask:email
egress archive

feed -> quiet -> mask -> archive
`;
const orders = {
  name: 'orders of a day',
  records: [
    '{"n":1,"email":"ada@shop.example","items":3}',
    '{"n":2,"level":"debug"}',
    'no json, so that a stage rejects it',
  ],
};

let close = () => {};
afterEach(() => close());

/** The tab in a box as wide as given, as the dock gives it, with a run that is through. */
async function shownIn(width: number) {
  const compiler = new CompilerClient({ connect: () => connectToWorker() });
  const { session } = await openSession({ text, samples: { orders } }, { compiler });
  const run = new RunSession(() => session);
  const cases = new CaseBook(() => session);
  close = () => {
    run.close();
    cases.close();
    session.close();
    compiler.close();
  };
  const context = { session, run, cases } as unknown as ActionContext;
  const { container } = await render(RunTab, { props: { context } });
  container.style.cssText = `container-type: size; width: ${width}px; height: 320px`;
  await expect.poll(() => run.refusal).toBeNull();
  await run.run();
  await run.goTo(4);
  await expect.element(page.getByRole('option').first()).toBeVisible();
  await expect.poll(() => document.querySelectorAll('.fate').length).toBe(3);
}

const widthOf = (element: Element) => element.getBoundingClientRect().width;

test.each([390, 420, 560, 768])(
  'time has most of a row, and nothing scrolls aside, at %i px',
  async (width) => {
    await shownIn(width);
    const header = document.querySelector('.run > header')!;
    expect(header.scrollWidth).toBeLessThanOrEqual(header.clientWidth);
    expect(widthOf(page.getByRole('slider', { name: 'Time' }).element())).toBeGreaterThan(
      width * 0.85,
    );
  },
);

test('where there is room, time stands in the row of the steps', async () => {
  await shownIn(1_200);
  const [slider, step] = [
    page.getByRole('slider', { name: 'Time' }).element(),
    page.getByRole('button', { name: 'Step', exact: true }).element(),
  ].map((element) => element.getBoundingClientRect());
  expect(Math.abs(slider!.y + slider!.height / 2 - step!.y - step!.height / 2)).toBeLessThan(3);
});

test.each([390, 420, 640])('a record is read beside what became of it, at %i px', async (width) => {
  await shownIn(width);
  for (const row of document.querySelectorAll('.row')) {
    const [record, fate] = [row.querySelector('.text')!, row.querySelector('.fate')!];
    expect(widthOf(record)).toBeGreaterThan(width * 0.38);
    // What became of it is there as well, cut at most, and the whole of it on hover.
    expect(widthOf(fate)).toBeGreaterThanOrEqual(96);
    expect(fate.querySelector('[title]')?.getAttribute('title')).toBeTruthy();
  }
});
