import { createContext } from 'svelte';
import { queries, useQuery, type Outputs, type Query } from '$lib/api';

export type Tree = Outputs['workspace']['tree'];
export type OrgNode = Tree['orgs'][number];
export type ProjectNode = OrgNode['projects'][number];
export type EnvironmentNode = ProjectNode['environments'][number];
export type SignedInUser = NonNullable<Outputs['session']['get']['user']>;

/** An environment with what it stands in. */
export interface Place {
  org: OrgNode;
  project: ProjectNode;
  environment: EnvironmentNode;
}

const projectKey = 'byteor.project';

function remembered(): string | null {
  try {
    return localStorage.getItem(projectKey);
  } catch {
    return null;
  }
}

/** Who is signed in, and the tree that they see. One per signed-in page, given by context. */
export class Workspace {
  readonly user: SignedInUser;
  readonly tree: Query<Tree>;
  readonly places: readonly Place[];
  /** The project that the navigation is about: the one chosen last, or the first that there is. */
  readonly project: ProjectNode | undefined;
  #projectId = $state(remembered());

  constructor(user: SignedInUser) {
    this.user = user;
    this.tree = useQuery(() => queries.workspace.tree());
    this.places = $derived(
      (this.tree.data?.orgs ?? []).flatMap((org) =>
        org.projects.flatMap((project) =>
          project.environments.map((environment) => ({ org, project, environment })),
        ),
      ),
    );
    this.project = $derived.by(() => {
      const projects = this.projects;
      return projects.find(({ id }) => id === this.#projectId) ?? projects[0];
    });
  }

  /** All projects that the person can see, whatever organization they are in. */
  get projects(): readonly ProjectNode[] {
    return (this.tree.data?.orgs ?? []).flatMap((org) => org.projects);
  }

  /** Makes a project the one that the navigation is about, also at the next visit. */
  chooseProject(projectId: string): void {
    if (this.#projectId === projectId) return;
    this.#projectId = projectId;
    try {
      localStorage.setItem(projectKey, projectId);
    } catch {
      // Storage is blocked: the choice holds for this page only.
    }
  }

  /** Where an environment stands; undefined while the tree loads, or when the person can't see it. */
  place(environmentId: string | undefined): Place | undefined {
    return this.places.find((place) => place.environment.id === environmentId);
  }

  /** Environments beside this one in its project. */
  siblings(environmentId: string): Place[] {
    const here = this.place(environmentId);
    if (here === undefined) return [];
    return this.places.filter(
      (place) => place.project.id === here.project.id && place.environment.id !== environmentId,
    );
  }

  /** Why the person can't change things in an environment; undefined when they can. */
  readOnlyReason(environmentId: string | undefined): string | undefined {
    const place = this.place(environmentId);
    if (place === undefined || place.environment.permissions.operate) return undefined;
    return 'Your role here is viewer: you can look, an operator can act.';
  }

  /** The way from the organization down to an environment, for breadcrumbs. */
  crumbs(environmentId: string | undefined): { label: string; href?: string }[] {
    const place = this.place(environmentId);
    if (place === undefined) return [{ label: 'Overview', href: '/' }];
    return [
      { label: place.org.name, href: '/' },
      { label: place.project.name, href: '/' },
      { label: place.environment.name, href: `/environments/${place.environment.id}` },
    ];
  }
}

export const [getWorkspace, setWorkspace] = createContext<Workspace>();
