import { describe, expect, test } from 'vitest';
import { emptyContent, type DraftContent } from '$lib/document/content';
import { fromFile, fromFragment, toFile, toFragment, UnreadableDraft } from './link';

const content: DraftContent = {
  ...emptyContent,
  text: 'pipeline orders\n\ningress in\nstage mask drop:ü\negress out\n\nin -> mask -> out\n',
  target: 'lane_graph',
  layout: {
    v: 2,
    direction: 'right',
    nodes: { mask: { x: 10, y: -20, pinned: true } },
    notes: { n1: { text: 'why', x: 0, y: 1, width: 100, height: 60, about: 'mask' } },
    groups: { g1: { title: 'People', members: ['mask'], folded: true } },
  },
};

/** Numbers below 1 from a seed, the same for the same seed. */
function numbers(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

async function fragmentOf(text: string): Promise<string> {
  const answer = await toFragment({ name: 'a', content: { ...content, text } });
  if (answer.kind !== 'link') throw new Error('too long');
  return answer.fragment;
}

/** A fragment around any text, as somebody else could write it. */
async function forged(json: string): Promise<string> {
  const stream = new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = Buffer.from(await new Response(stream).arrayBuffer());
  return `1.${bytes.toString('base64url')}`;
}

describe('a link to a draft', () => {
  test('holds its name, text, target and layout, in letters that a URL takes', async () => {
    const answer = await toFragment({ name: 'Orders', content });
    expect(answer).toMatchObject({ kind: 'link' });
    const { fragment } = answer as { fragment: string };
    expect(fragment).toMatch(/^1\.[A-Za-z0-9_-]+$/u);
    expect(await fromFragment(`#${fragment}`)).toEqual({ name: 'Orders', content });
  });

  test('comes back as it went, whatever the text', async () => {
    const random = numbers(7);
    const letters = ['a', '\n', '\t', '"', '\\', 'é', '日', '🦀', ' ', '->', '#', '{'];
    for (let round = 0; round < 200; round += 1) {
      const text = Array.from(
        { length: Math.floor(random() * 60) },
        () => letters[Math.floor(random() * letters.length)],
      ).join('');
      expect((await fromFragment(await fragmentOf(text))).content.text).toBe(text);
    }
  });

  test('that would be cut on its way is not made: a file holds the same', async () => {
    const random = numbers(3);
    const text = Array.from({ length: 20_000 }, () => String.fromCharCode(97 + random() * 26)).join(
      '',
    );
    const draft = { name: 'Large', content: { ...content, text } };
    expect(await toFragment(draft)).toMatchObject({ kind: 'too_long', most: 8_000 });
    expect(fromFile('Large.byteor', toFile(draft))).toEqual({ draft, textOnly: false });
  });

  test('damaged anywhere is refused in words, or is another whole draft, and never fails otherwise', async () => {
    const whole = await fragmentOf(content.text);
    const random = numbers(11);
    for (let round = 0; round < 300; round += 1) {
      const at = 2 + Math.floor(random() * (whole.length - 2));
      const damaged =
        round % 3 === 0
          ? whole.slice(0, at)
          : whole.slice(0, at) + 'Zz-0'[Math.floor(random() * 4)] + whole.slice(at + 1);
      try {
        const { content: read } = await fromFragment(damaged);
        expect(typeof read.text).toBe('string');
        expect(['single_ring', 'lane_graph']).toContain(read.target);
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadableDraft);
      }
    }
  });

  test.each([
    ['nothing', ''],
    ['no version', 'abc'],
    ['a later version', '2.abc'],
    ['other letters', '1.a+b/'],
    ['more parts', '1.abc.def'],
    ['a text that doesn’t decompress', '1.AAAA'],
  ])('with %s is refused', async (_, fragment) => {
    await expect(fromFragment(fragment)).rejects.toBeInstanceOf(UnreadableDraft);
  });

  test.each([
    ['no object', '[1]'],
    ['no JSON', '{"byteor_draft":1,'],
    ['another kind', '{"byteor_draft":2,"text":""}'],
    ['no text', '{"byteor_draft":1,"text":7}'],
    ['a zero byte', '{"byteor_draft":1,"text":"\\u0000"}'],
    ['half of a character', '{"byteor_draft":1,"text":"\\ud800"}'],
    ['a plan that is too large', JSON.stringify({ byteor_draft: 1, text: 'x'.repeat(600_000) })],
    ['what is larger than any draft', ' '.repeat(5_000_000)],
  ])('that holds %s is refused', async (_, json) => {
    await expect(forged(json).then(fromFragment)).rejects.toBeInstanceOf(UnreadableDraft);
  });

  test('forged gives nothing but a draft: odd names, targets and layouts fall away', async () => {
    const read = await fromFragment(
      await forged(
        '{"byteor_draft":1,"text":"a\\r\\nb","name":"\\u202Eevil\\u0007 name","target":"shell","more":1,' +
          '"layout":{"v":2,"nodes":{"__proto__":{"x":1,"y":2},"a":{"x":"1","y":null},"b":{"x":3,"y":4}},' +
          '"notes":{"n":{"text":"<script>","x":0,"y":0,"width":-1,"height":5}},"groups":[]}}',
      ),
    );
    expect(read.name).toBe('evil name');
    expect(read.content.text).toBe('a\nb');
    expect(read.content.target).toBe('single_ring');
    const { nodes, notes, groups } = read.content.layout;
    expect(Object.getPrototypeOf(nodes)).toBe(Object.prototype);
    expect(nodes['b']).toEqual({ x: 3, y: 4 });
    expect(nodes['a']).toBeUndefined();
    expect({ notes, groups }).toEqual({ notes: {}, groups: {} });
    const nameless = await fromFragment(
      await forged('{"byteor_draft":1,"text":"","name":"\\u200B"}'),
    );
    expect(nameless).toEqual({
      name: 'Shared draft',
      content: emptyContent,
    });
  });
});

describe('a file', () => {
  test('of plan text gives a draft of its name', () => {
    const read = fromFile('orders.v2.plan', '\uFEFFpipeline orders\r\n');
    expect(read).toEqual({
      draft: { name: 'orders.v2', content: { ...emptyContent, text: 'pipeline orders\n' } },
      textOnly: true,
    });
  });

  test('of something else is refused', () => {
    expect(() => fromFile('a.png', 'PNG\0\0')).toThrow(UnreadableDraft);
    expect(() => fromFile('a.json', '{"name":"package"}')).toThrow(UnreadableDraft);
  });
});
