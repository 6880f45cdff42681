import { describe, expect, test } from 'vitest';
import { connectionEnds, follow, prune, toggle } from './selection';
import { looksLikePlan, offsetCopies } from './clipboard';

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

  test('copies stand beside their originals', () => {
    expect(offsetCopies([{ x: 0, y: 0 }, undefined], ['a2', 'b2'])).toEqual({
      a2: { x: 32, y: 96 },
    });
  });
});
