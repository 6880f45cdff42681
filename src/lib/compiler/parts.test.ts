import { describe, expect, test } from 'vitest';
import { operations } from '../../../wasm/tests/packages';
import { CompilerClient } from './client';
import type { CompilerOperation } from './operations';
import { partsWith, webCrypto } from './parts';

const plan = (key: string, id = 'a') =>
  `pipeline p\n\ningress in\nstage ${id} ${key}\negress out\n\nin -> ${id} -> out\n`;

/** A client of compiles in parts, and what its worker sent of each answer's map. */
function inParts() {
  if (!webCrypto) throw new Error('Node has WebCrypto');
  const answer = partsWith(webCrypto);
  const maps: (string | null | undefined)[] = [];
  const client = new CompilerClient({
    connect: () => ({
      start: () => Promise.resolve(),
      call: async (operation: CompilerOperation, request: string) => {
        if (operation !== 'compile')
          return { kind: 'answered', json: operations[operation](request) };
        const given = await answer(operations.compileParts(request));
        if (given.kind === 'answered') maps.push(given.parts?.map);
        return given;
      },
      close: () => undefined,
    }),
  });
  return { client, maps };
}

const whole = (text: string) =>
  (
    JSON.parse(operations.compile(JSON.stringify({ text, target: 'lane_graph' }))) as {
      value: unknown;
    }
  ).value;

describe('a compile in parts', () => {
  test('is, put together, what a compile answers', async () => {
    const { client } = inParts();
    for (const text of [plan('keep:x'), plan('keep:y'), plan('nonsense'), plan('keep:y', 'b'), ''])
      expect(await client.call('compile', { text, target: 'lane_graph' })).toEqual(whole(text));
  });

  test('says a map once, and the page keeps one object for it', async () => {
    const { client, maps } = inParts();
    const ask = (text: string) => client.call('compile', { text, target: 'lane_graph' });
    const first = await ask(plan('keep:x'));
    const same = await ask(plan('keep:xy'));
    expect(same.report?.spec_hash).not.toBe(first.report?.spec_hash);
    expect(same.report?.map).toBe(first.report?.map);
    // An answer without a report has no map, and leaves the last one known.
    await ask(plan('nonsense'));
    expect((await ask(plan('keep:z'))).report?.map).toBe(first.report?.map);
    const other = await ask(plan('keep:z', 'b'));
    expect(other.report?.map).not.toEqual(first.report?.map);
    expect(
      maps.map((map) => (map === undefined ? 'none' : map === null ? 'same' : 'sent')),
    ).toEqual(['sent', 'same', 'none', 'same', 'sent']);
  });

  test('answers that were asked for at once each have their own map', async () => {
    const { client } = inParts();
    const texts = ['a', 'b', 'b', 'a', 'c'].map((id) => plan('keep:x', id));
    const answers = await Promise.all(
      texts.map((text) => client.call('compile', { text, target: 'lane_graph' })),
    );
    for (const [at, text] of texts.entries()) expect(answers[at]).toEqual(whole(text));
  });
});
