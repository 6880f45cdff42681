import type { KeyForm, PlanGraph, StageFamily } from '$lib/compiler';

/**
 * The names of the secrets that keys of a plan name, each once. Only keys of families that can name
 * one are taken apart: this is asked on every change.
 */
export async function secretNamesOf(
  stages: PlanGraph['stages'],
  families: readonly StageFamily[],
  read: (key: string) => Promise<KeyForm | null>,
): Promise<string[]> {
  const naming = families.filter(({ parameters }) =>
    parameters.some(({ kind }) => kind === 'secret'),
  );
  const found = await Promise.all(
    stages.map(async ({ key }) => {
      const family = naming.find(({ name }) => key.startsWith(`${name}:`));
      // What can't be taken apart has an error that is told elsewhere.
      const form = family ? await read(key).catch(() => null) : null;
      return (family?.parameters ?? []).flatMap(({ kind }, index) => {
        const name = kind === 'secret' ? form?.values[index] : null;
        return name ? [name] : [];
      });
    }),
  );
  return [...new Set(found.flat())].sort();
}
