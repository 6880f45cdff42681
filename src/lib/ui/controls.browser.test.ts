import { createRawSnippet } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import Button from './Button.svelte';
import Tips from './Tips.svelte';
import IconButton from './IconButton.svelte';
import DiffLines from './DiffLines.svelte';
import TextField from './TextField.svelte';

const words = (text: string) => createRawSnippet(() => ({ render: () => `<span>${text}</span>` }));

describe('a button that can’t be used', () => {
  it('says why, stays reachable by keyboard, and does nothing', async () => {
    const onclick = vi.fn();
    await render(Button, { children: words('Create version'), reason: 'Save first.', onclick });
    const button = page.getByRole('button', { name: 'Create version' });
    await expect.element(button).toHaveAccessibleDescription('Save first.');
    await userEvent.tab();
    await expect.element(button).toHaveFocus();
    await userEvent.keyboard('{Enter}');
    expect(onclick).not.toHaveBeenCalled();
  });

  it('works again once the reason is gone', async () => {
    const onclick = vi.fn();
    const shown = await render(Button, { children: words('Go'), reason: 'Not yet.', onclick });
    await shown.rerender({ reason: undefined });
    await page.getByRole('button', { name: 'Go' }).click();
    expect(onclick).toHaveBeenCalledOnce();
  });
});

describe('a field with an error', () => {
  it('is invalid, and described by the error in the place of the help', async () => {
    await render(TextField, { label: 'Input path', error: 'Not absolute.', help: 'A full path.' });
    const field = page.getByLabelText('Input path');
    await expect.element(field).toHaveAttribute('aria-invalid', 'true');
    await expect.element(field).toHaveAccessibleDescription('Not absolute.');
  });
});

describe('a difference by lines', () => {
  const before = Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\n');
  const after = before.replace('line 15', 'line fifteen');

  it('says what is folded, and shows it on one key', async () => {
    await render(DiffLines, { before, after, label: 'Plan text' });
    const lines = page.getByRole('group', { name: 'Plan text, lines' });
    await expect.poll(() => lines.element().textContent).toContain('line fifteen');
    expect(lines.element().textContent).not.toMatch(/line 2(?!\d)/);
    const fold = page.getByRole('button', { name: 'Show 12 equal lines' });
    (fold.element() as HTMLElement).focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('line 2', { exact: true })).toBeInTheDocument();
  });

  it('says added and removed in words, not by colour alone', async () => {
    await render(DiffLines, { before: 'a', after: 'b', label: 'Plan text' });
    await expect.element(page.getByText('removed:')).toBeInTheDocument();
    await expect.element(page.getByText('added:')).toBeInTheDocument();
  });
});

describe('an icon’s tooltip', () => {
  it('comes with the focus, has the keys, and goes with Escape', async () => {
    await render(Tips);
    await render(IconButton, { icon: 'undo', label: 'Undo: mask phone', keys: 'Mod+Z' });
    const button = page.getByRole('button', { name: 'Undo: mask phone' });
    await expect.element(button).toHaveAttribute('aria-keyshortcuts', 'Control+Z');
    await userEvent.tab();
    await expect.element(button).toHaveFocus();
    await expect.element(page.getByText('Ctrl+Z')).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByText('Ctrl+Z')).not.toBeInTheDocument();
  });
});
