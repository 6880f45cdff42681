import type { Page } from 'playwright/test';
import { must } from './trpc.ts';

interface Workspace {
  orgs: { projects: { environments: { id: string }[] }[] }[];
}

/** The first environment that the signed-in person sees: `development` of a new install. */
export async function firstEnvironment(page: Page): Promise<string> {
  const { orgs } = await must<Workspace>(page, 'query', 'workspace.tree');
  const id = orgs[0]?.projects[0]?.environments[0]?.id;
  if (id === undefined) throw new Error('There is no environment.');
  return id;
}

/** A draft as a spec makes it. */
export interface NewDraft {
  name: string;
  text: string;
  target?: 'single_ring' | 'lane_graph';
  layout?: object;
  /** The number of a version in its environment. */
  basedOn?: number;
}

/** Makes a draft as the signed-in person; answers its id. */
export async function makeDraft(
  page: Page,
  environmentId: string,
  { target = 'single_ring', layout = {}, ...draft }: NewDraft,
): Promise<string> {
  const made = await must<{ draftId: string }>(page, 'mutation', 'drafts.create', {
    environmentId,
    target,
    layout,
    ...draft,
  });
  return made.draftId;
}
