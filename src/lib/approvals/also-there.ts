import type { Outputs } from '$lib/api';
import { listed } from '$lib/deployments/proof';

type Approval = Pick<Outputs['approvals']['get'], 'alsoThere' | 'running'>;

/** `v1 on edge-1 and edge-2, v2 with bundle 3 on edge-3`: what is wanted there beside the newest. */
export function alsoThereWords({ alsoThere, running }: Approval): string {
  const versions = [
    ...alsoThere.map(({ version }) => version.id),
    ...(running ? [running.version.id] : []),
  ];
  return alsoThere
    .map(({ version, bundle, agents }) => {
      const alike = versions.filter((id) => id === version.id).length > 1;
      const name = `v${version.number}${alike ? ` with bundle ${bundle.number}` : ''}`;
      return `${name} on ${listed(agents)}`;
    })
    .join(', ');
}
