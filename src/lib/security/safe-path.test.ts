import { describe, expect, it } from 'vitest';
import { safePath } from './safe-path';

describe('the path to go to after signing in', () => {
  it('is kept when it is of this site', () => {
    expect(safePath('/deployments/1?tab=live')).toBe('/deployments/1?tab=live');
  });

  it.each([null, '', 'https://example.org', '//example.org', '/\\example.org', '/\t/x', 'x'])(
    'is the overview instead of %j',
    (path) => {
      expect(safePath(path)).toBe('/');
    },
  );
});
