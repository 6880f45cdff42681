import { writeFile } from 'node:fs/promises';
import type { Page } from 'playwright/test';
import type { App } from './app.ts';
import {
  deploy,
  environmentId,
  files,
  makeBundle,
  makeVersion,
  onlineAgent,
  reaches,
} from './deploy.ts';
import { must } from './trpc.ts';

/** Pages that open without an account. */
export const forAnybody = ['/sign-in', '/invite#unknown', '/invite', '/open'];
export const rulesPage = '/rules#e_plan_cycle';

const plan = `pipeline orders
ingress in
stage json keep:^\\{
stage mask "replace:[0-9]+=#"
egress out
in -> json -> mask -> out
`;

/** Where everything that {@link makeEverything} made can be looked at. */
export interface Everything {
  development: string;
  production: string;
  /** A project in which nothing was done yet. */
  empty: string;
  draftId: string;
  approvalId: string;
  /** Paths of pages by what they show. */
  pages: Record<string, string>;
}

/**
 * One of everything that a page can show: a draft, versions in two environments, config bundles, a
 * deployment that runs, one that waits for a person, and a project in which there is nothing.
 */
export async function makeEverything(page: Page, app: App): Promise<Everything> {
  const development = await environmentId(page, 'development');
  const production = await environmentId(page, 'production');
  const [there, here] = [await onlineAgent(page, production), await onlineAgent(page, development)];
  const made = await makeVersion(page, development, plan);
  const { versionId } = await must<{ versionId: string }>(page, 'mutation', 'versions.promote', {
    versionId: made,
    environmentId: production,
  });

  const runs = files(app, 'runs');
  await writeFile(runs.input, '{"order":1}\n');
  const running = await deploy(page, {
    versionId: made,
    bundleId: await makeBundle(page, development, made, runs),
    agentIds: [here],
  });

  const waits = files(app, 'waits');
  await writeFile(waits.input, '{"order":1}\n');
  const bundle = await makeBundle(page, production, versionId, waits);
  const waiting = await deploy(page, { versionId, bundleId: bundle, agentIds: [there] });
  await reaches(page, waiting, 'pending_approval');
  const { approval } = await must<{ approval: { id: string } }>(page, 'query', 'deployments.get', {
    deploymentId: waiting,
  });
  await reaches(page, running, 'active');

  const { orgs } = await must<{ orgs: { id: string }[] }>(page, 'query', 'workspace.tree');
  const { projectId } = await must<{ projectId: string }>(page, 'mutation', 'projects.create', {
    orgId: orgs[0]!.id,
    name: 'Nothing yet',
  });
  const empty = await must<{ environmentId: string }>(page, 'mutation', 'environments.create', {
    projectId,
    name: 'nowhere',
    posture: 'staging',
  });

  const drafts = await must<{ id: string }[]>(page, 'query', 'drafts.list', {
    environmentId: development,
  });
  const draftId = drafts[0]!.id;
  return {
    development,
    production,
    empty: empty.environmentId,
    draftId,
    approvalId: approval.id,
    pages: {
      overview: '/',
      'all drafts': '/drafts',
      'all versions': '/versions',
      agent: `/agents/${there}`,
      drafts: `/environments/${development}?tab=drafts`,
      versions: `/environments/${development}?tab=versions`,
      bundles: `/environments/${production}?tab=bundles`,
      deployments: `/environments/${production}?tab=deployments`,
      agents: `/environments/${production}?tab=agents`,
      draft: `/drafts/${draftId}`,
      version: `/versions/${versionId}`,
      comparison: `/compare?from=${made}&to=${versionId}`,
      'new config bundle': `/bundles/new?environment=${production}&version=${versionId}`,
      'config bundle': `/bundles/${bundle}`,
      'new deployment': `/deployments/new?environment=${production}&version=${versionId}&bundle=${bundle}`,
      'running deployment': `/deployments/${running}`,
      'waiting deployment': `/deployments/${waiting}`,
      approvals: '/approvals',
      approval: `/approvals/${approval.id}`,
      members: '/settings/members',
      audit: '/audit',
    },
  };
}
