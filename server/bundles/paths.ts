import type { BundleNeeds } from '../providers/compiler.ts';
import type { ConfigBundle } from './config.ts';

/** Stands in a path for the id of a boundary (docs/spec/config-bundle.md). */
const BOUNDARY = '{boundary}';

interface BundlePath {
  field: string;
  path: string;
  writes: boolean;
}

/**
 * The files that a config names, and which of them it writes: each boundary's by itself, where the
 * spec is asked for them, else as the binding's path says it.
 */
export function pathsOf(
  config: ConfigBundle,
  boundaries: () => BundleNeeds['boundaries'] = () => null,
): BundlePath[] {
  const side = (field: string, path: string, of: 'ingresses' | 'egresses', writes: boolean) =>
    pathsFor(path, boundaries, of).map((one) => ({ field, path: one, writes }));
  // An adapter whose binding is a file has a path; others have none.
  const { ingress, egress } = config;
  return [
    ...('path' in ingress ? side('ingress.path', ingress.path, 'ingresses', false) : []),
    ...('path' in egress ? side('egress.path', egress.path, 'egresses', true) : []),
    { field: 'reject.path', path: config.reject.path, writes: true },
  ];
}

function pathsFor(
  path: string,
  boundaries: () => BundleNeeds['boundaries'],
  side: 'ingresses' | 'egresses',
): string[] {
  if (!path.includes(BOUNDARY)) return [path];
  return boundaries()?.[side].map((id) => path.replace(BOUNDARY, () => id)) ?? [path];
}
