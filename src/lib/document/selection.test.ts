import { describe, expect, test } from 'vitest';
import { connectionEnds, follow, prune, toggle } from './selection';
import { idsDeclared, looksLikePlan, readPlaces } from './clipboard';

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
    expect(
      idsDeclared('stage b trim\n  stage a keep:stage x\negress out\nb -> a -> out\n'),
    ).toEqual(['b', 'a', 'out']);
  });

  test('places are read only with the text that they are of', () => {
    const places = [{ id: 'a', x: 1, y: 2 }];
    const json = JSON.stringify({ text: 'stage a trim', places });
    expect(readPlaces(json, 'stage a trim')?.places).toEqual(places);
    expect(readPlaces(json, 'stage b trim')).toBeNull();
    expect(readPlaces('{', 'stage a trim')).toBeNull();
  });
});
