/** What things are called in words, wherever they stand: one place, so that no page shows an id. */

/** `order_events v14`. */
export function deploymentName(deployment: { slot: string; version: { number: number } }): string {
  return `${deployment.slot} v${deployment.version.number}`;
}

/** `order_events v14 in production`. */
export function deploymentNameIn(
  deployment: { slot: string; version: { number: number } },
  environment: string,
): string {
  return `${deploymentName(deployment)} in ${environment}`;
}

/** `bundle 3, Mask order events v1`: numbers count in the environment, names may be given twice. */
export function bundleName(bundle: { number: number; name: string }): string {
  return `bundle ${bundle.number}, ${bundle.name}`;
}

/** What an audit record is about: `orders v2`, `version Mask order events v1`. */
export function resourceName(resource: { kind: string; name: string | null }): string {
  const kind = resource.kind.replaceAll('_', ' ');
  if (resource.name === null || resource.name === '') return kind;
  return ['deployment', 'approval', 'user', 'agent'].includes(resource.kind)
    ? resource.name
    : `${kind} ${resource.name}`;
}
