import { describe, expect, test } from 'vitest';
import { connectionEnds, follow, prune, toggle } from './selection';
import { declaredIn, looksLikePlan, readCopied } from './clipboard';
import { emptyLayout } from './content';

describe('selection', () => {
  test('what no longer exists is no longer selected', () => {
    const selection = ['a', 'a->b', 'b'];
    expect(prune(selection, ['a', 'b'])).toEqual(['a', 'b']);
    expect(prune(selection, selection)).toBe(selection);
  });

  test('it follows a rename, also at the ends of connections', () => {
    expect(follow(['a', 'a->b', 'c->a'], 'a', 'z')).toEqual(['z', 'z->b', 'c->z']);
  });

  test('toggling adds and takes away', () => {
    expect(toggle(['a'], 'b')).toEqual(['a', 'b']);
    expect(toggle(['a', 'b'], 'a')).toEqual(['b']);
    expect(connectionEnds('a')).toBeNull();
  });
});

describe('the clipboard', () => {
  test('plan text is told from other text', () => {
    expect(looksLikePlan('stage a identity\n')).toBe(true);
    expect(looksLikePlan('# note\n  a -[journal]-> b')).toBe(true);
    expect(looksLikePlan('Dear all,\nsee you on the stage')).toBe(false);
  });

  test('a fragment declares its elements in its order', () => {
    expect(declaredIn('stage b trim\n  stage a keep:stage x\negress out\nb -> a -> out\n')).toEqual(
      [
        { id: 'b', kind: 'stage' },
        { id: 'a', kind: 'stage' },
        { id: 'out', kind: 'egress' },
      ],
    );
  });

  test('what stood beside is read only with the text that it is of, and checked', () => {
    const layout = { ...emptyLayout, nodes: { a: { x: 1, y: 2 } } };
    const json = JSON.stringify({ text: 'stage a trim', layout });
    expect(readCopied(json, 'stage a trim')?.layout).toEqual(layout);
    expect(readCopied(json, 'stage b trim')).toBeNull();
    expect(readCopied('{', 'stage a trim')).toBeNull();
    const odd = JSON.stringify({
      text: 'stage a trim',
      layout: { v: 2, notes: { n: 1 }, nodes: 3 },
    });
    expect(readCopied(odd, 'stage a trim')?.layout).toEqual(emptyLayout);
  });
});
