import { ask, queries } from '$lib/api';
import { environmentTabs } from '$lib/environments/tabs';
import { rulesHref } from '$lib/rules/href';
import type { IconName } from '$lib/ui/icons';
import type { EnvironmentNode, Workspace } from './workspace.svelte';

/** A place that can be gone to, as searches list it. */
export interface PlaceToGo {
  id: string;
  title: string;
  /** What it is, or where it stands. */
  detail: string;
  icon: IconName;
  href: string;
}

const pages: readonly PlaceToGo[] = [
  { id: 'overview', title: 'Overview', detail: 'all projects', icon: 'home', href: '/' },
  {
    id: 'approvals',
    title: 'Approvals',
    detail: 'what waits for a decision',
    icon: 'approval',
    href: '/approvals',
  },
  { id: 'drafts', title: 'Drafts', detail: 'page', icon: 'draft', href: '/drafts' },
  { id: 'versions', title: 'Versions', detail: 'page', icon: 'version', href: '/versions' },
];

const pagesBehind: readonly PlaceToGo[] = [
  {
    id: 'members',
    title: 'Members',
    detail: 'people and roles',
    icon: 'users',
    href: '/settings/members',
  },
  { id: 'audit', title: 'Audit', detail: 'who did what', icon: 'audit', href: '/audit' },
  {
    id: 'rules',
    title: 'Rules of the language',
    detail: 'every problem and its cure',
    icon: 'info',
    href: rulesHref,
  },
];

/** Where somebody can go: pages, and what stands in the environments that they see. */
export class PlacesToGo {
  /** Drafts, versions and agents of all environments, as they come. */
  #within = $state.raw<readonly PlaceToGo[]>([]);
  /** Whether some couldn't be listed. */
  missing = $state(false);
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  readonly all: readonly PlaceToGo[] = $derived.by(() => {
    const { places, projects } = this.#workspace;
    const several = projects.length > 1;
    return [
      ...pages,
      ...places.map(({ environment, project }): PlaceToGo => ({
        id: environment.id,
        title: environment.name,
        detail: several ? `environment of ${project.name}` : 'environment',
        icon: 'deployment',
        href: `/environments/${environment.id}`,
      })),
      ...this.#within,
      ...places.flatMap(({ environment }) =>
        environmentTabs.map((tab): PlaceToGo => ({
          id: `${environment.id}-${tab.value}`,
          title: `${tab.label} of ${environment.name}`,
          detail: 'environment',
          icon: 'layers',
          href: `/environments/${environment.id}?tab=${tab.value}`,
        })),
      ),
      ...pagesBehind,
    ];
  });

  /** Asks for what stands in the environments. */
  load(): void {
    for (const { environment } of this.#workspace.places)
      within(environment).then(
        (found) => (this.#within = [...this.#within, ...found]),
        () => (this.missing = true),
      );
  }
}

async function within({ id: environmentId, name }: EnvironmentNode): Promise<PlaceToGo[]> {
  const [drafts, versions, agents] = await Promise.all([
    ask(queries.drafts.list({ environmentId })),
    ask(queries.versions.list({ environmentId })),
    ask(queries.agents.list({ environmentId })),
  ]);
  return [
    ...drafts.map((draft): PlaceToGo => ({
      id: draft.id,
      title: draft.name,
      detail: `draft in ${name}`,
      icon: 'draft',
      href: `/drafts/${draft.id}`,
    })),
    ...versions.map((version): PlaceToGo => ({
      id: version.id,
      title: `${version.name} v${version.number}`,
      detail: `version in ${name}`,
      icon: 'version',
      href: `/versions/${version.id}`,
    })),
    ...agents.map((agent): PlaceToGo => ({
      id: agent.id,
      title: agent.name,
      detail: `agent in ${name}`,
      icon: 'agent',
      href: `/agents/${agent.id}`,
    })),
  ];
}
