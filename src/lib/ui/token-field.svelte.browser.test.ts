import { expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import TokenField from './TokenField.svelte';
import { cutTokens } from './tokens';

const tokens = () =>
  [...document.querySelectorAll('.token')].map((token) => token.textContent.trim());

async function open(value: string) {
  let current = $state(value);
  const props = {
    label: 'Fields',
    name: 'fields',
    get value() {
      return current;
    },
    set value(next) {
      current = next;
    },
    onapply: vi.fn(),
  };
  await render(TokenField, { props });
  return { props, field: page.getByRole('textbox', { name: 'Fields' }) };
}

test('a comma ends a token, also of what is pasted; what is written last counts as well', async () => {
  const { props, field } = await open('');
  await userEvent.fill(field, 'email,card.number,phone');
  expect(tokens()).toEqual(['email', 'card.number']);
  await expect.element(field).toHaveValue('phone');
  expect(props.value).toBe('email,card.number,phone');
  await userEvent.keyboard('{Tab}');
  expect(props.onapply).toHaveBeenCalled();
});

test('the only one is text that can be typed over; Backspace takes the last one up again', async () => {
  const { props, field } = await open('email');
  expect(tokens()).toEqual([]);
  await userEvent.fill(field, 'phone,name,');
  expect(tokens()).toEqual(['phone', 'name']);
  await userEvent.keyboard('{Backspace}');
  await expect.element(field).toHaveValue('name');
  expect(tokens()).toEqual(['phone']);
  expect(props.value).toBe('phone,name');
});

test('each can be removed', async () => {
  const { props } = await open('a,b,c');
  expect(tokens()).toEqual(['a', 'b', 'c']);
  await page.getByRole('button', { name: 'Remove b' }).click();
  expect(props.value).toBe('a,c');
  expect(props.onapply).toHaveBeenCalled();
});

test('a comma behind a backslash is part of a token', () => {
  expect(cutTokens('a\\,b,c')).toEqual(['a\\,b', 'c']);
  expect(cutTokens('a\\\\,b')).toEqual(['a\\\\', 'b']);
  expect(cutTokens('')).toEqual([]);
});
