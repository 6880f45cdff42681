import { expect, test } from 'vitest';
import type { KeyForm, PlanGraph, StageFamily } from '$lib/compiler';
import { secretNamesOf } from './secret-names';

const family = (name: string, ...kinds: string[]) =>
  ({ name, parameters: kinds.map((kind) => ({ kind })) }) as unknown as StageFamily;
const families = [family('keep', 'regex'), family('json_hash', 'fields', 'secret')];
const stages = (...keys: string[]) => keys.map((key) => ({ key })) as PlanGraph['stages'];

/** Takes a key apart at its equals sign. */
function reader() {
  const asked: string[] = [];
  const read = (key: string): Promise<KeyForm | null> => {
    asked.push(key);
    if (key.endsWith('!')) return Promise.reject(new Error('no such key'));
    const values = key.slice(key.indexOf(':') + 1).split('=');
    return Promise.resolve({ values } as unknown as KeyForm);
  };
  return { asked, read };
}

test('each secret that a key names is told once, in their order', async () => {
  const { asked, read } = reader();
  const keys = ['keep:a=b', 'json_hash:id=pii', 'json_hash:mail=mail', 'json_hash:x=pii'];
  expect(await secretNamesOf(stages(...keys), families, read)).toEqual(['mail', 'pii']);
  // A key that can't name any isn't taken apart.
  expect(asked).toEqual(keys.slice(1));
});

test('a key that can’t be taken apart names none, and hides no other', async () => {
  const { read } = reader();
  expect(await secretNamesOf(stages('json_hash:!', 'json_hash:a=k'), families, read)).toEqual([
    'k',
  ]);
  expect(await secretNamesOf(stages('json_hash:a'), families, read)).toEqual([]);
});
