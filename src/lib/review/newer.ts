import type { Outputs } from '$lib/api';
import type { PlanSide } from './compare';

type Listed = Outputs['versions']['list'][number];

/** The newest version of the same pipeline in the same environment, where it is newer than this side. */
export function newerThan(side: PlanSide | undefined, versions: readonly Listed[]): Listed | null {
  const version = side?.version;
  if (!version) return null;
  const newer = versions.filter(
    ({ name, number, environmentId }) =>
      name === version.pipeline &&
      environmentId === version.environmentId &&
      number > version.number,
  );
  return newer.reduce<Listed | null>(
    (newest, one) => (newest && newest.number > one.number ? newest : one),
    null,
  );
}
