import { expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import Shapes from './Shapes.testing.svelte';

it('a segment is a radio group: arrows choose, and what is chosen is said', async () => {
  await render(Shapes, { settled: vi.fn() });
  const group = page.getByRole('radiogroup', { name: 'View' });
  await expect.element(group.getByRole('radio', { name: 'Graph' })).toBeChecked();
  (group.getByRole('radio', { name: 'Graph' }).element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowRight}');
  await expect.element(page.getByText('shown: text')).toBeVisible();
});

it('a splitter sizes its pane by keyboard, within its bounds, and says the size', async () => {
  const settled = vi.fn();
  await render(Shapes, { settled });
  const edge = page.getByRole('separator', { name: 'Width of the pane' });
  (edge.element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowRight}');
  await expect.element(edge).toHaveAttribute('aria-valuenow', '216');
  await userEvent.keyboard('{Home}');
  await expect.element(edge).toHaveAttribute('aria-valuenow', '100');
  await userEvent.keyboard('{ArrowLeft}');
  await expect.element(edge).toHaveAttribute('aria-valuenow', '100');
  await userEvent.keyboard('{End}');
  await expect.element(edge).toHaveAttribute('aria-valuenow', '400');
  expect(settled.mock.calls.map(([width]) => width as number)).toEqual([216, 100, 100, 400]);
});

it('a splitter is dragged, and its pane follows', async () => {
  const settled = vi.fn();
  await render(Shapes, { settled });
  const edge = page.getByRole('separator', { name: 'Width of the pane' });
  const { x, y } = edge.element().getBoundingClientRect();
  const fire = (type: string, clientX: number) =>
    edge
      .element()
      .dispatchEvent(
        new PointerEvent(type, { clientX, clientY: y, pointerId: 1, button: 0, bubbles: true }),
      );
  // A made-up pointer can't be captured; the real one is.
  HTMLElement.prototype.setPointerCapture = vi.fn();
  fire('pointerdown', x);
  fire('pointermove', x + 40);
  fire('pointerup', x + 40);
  await expect.element(edge).toHaveAttribute('aria-valuenow', '240');
  expect(settled).toHaveBeenCalledExactlyOnceWith(240);
});

it('a context menu opens at the pointer, refuses with a reason, and gives the focus back', async () => {
  await render(Shapes, { settled: vi.fn() });
  const stage = page.getByRole('button', { name: 'stage' });
  (stage.element() as HTMLElement).focus();
  await stage.click({ button: 'right' });
  const menu = page.getByRole('menu', { name: 'Stage mask' });
  await expect.element(menu).toBeVisible();
  await expect.element(page.getByText('It is the only one.')).toBeVisible();
  const spot = stage.element().getBoundingClientRect();
  const box = menu.element().getBoundingClientRect();
  expect(Math.abs(box.left - (spot.left + spot.width / 2))).toBeLessThan(12);
  await userEvent.keyboard('{Escape}');
  await expect.element(menu).not.toBeInTheDocument();
  await expect.element(stage).toHaveFocus();

  await stage.click({ button: 'right' });
  await userEvent.keyboard('{ArrowDown}{ArrowDown}{ArrowRight}');
  await expect.element(page.getByRole('menuitem', { name: 'To the left' })).toBeVisible();
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText('done: aligned')).toBeVisible();
});
