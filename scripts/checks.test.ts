import { describe, expect, it } from 'vitest';
import { adapters } from '../src/lib/compiler/adapters.ts';
import { adapterFeatures, deadExports, deadExportsOf, looseImports } from './lib/checks.mjs';

describe('the static checks', () => {
  it('tell an export that nothing imports, and no other', () => {
    const file = (name: string, text: string) => ({ name, text });
    const told = deadExportsOf([
      file(
        'src/lib/a.ts',
        'export const used = 1;\nexport function unused() {}\nexport type T = 1;',
      ),
      file('src/lib/index.ts', "export { used, unused } from './a';"),
      file('src/lib/b.ts', "import { used } from './a';\nexport const load = used;"),
    ]);
    expect(told).toEqual(['src/lib/a.ts: nothing else names the export unused']);
  });

  it('build each adapter alone that a host may leave out', () => {
    const features = adapterFeatures();
    const kinds = adapters.map(({ kind }) => kind).filter((kind) => kind !== 'file');
    const featureOf = (kind: string) => features.find((feature) => kind.startsWith(feature));
    expect(kinds.filter((kind) => featureOf(kind) === undefined)).toEqual([]);
    // What stands behind a hyphen is a part of an adapter.
    const kindOf = (feature: string) => feature.replace(/-.*/, '');
    expect(features.filter((feature) => !kinds.includes(kindOf(feature)))).toEqual([]);
  });

  it('find nothing in the page', () => {
    expect([...deadExports(), ...looseImports()]).toEqual([]);
  });
});
