import { z } from 'zod';
import { OFFLINE_AFTER_MILLIS } from '../domain/agents/status.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { projectScope } from '../scopes.ts';

/** The steps of the first run, in order. */
const GUIDE_STEPS = [
  'draft_saved',
  'version_created',
  'bundle_created',
  // Its build takes minutes on a fresh clone, and the steps before don't need it.
  'agent_online',
  'deployed_in_development',
  'person_invited',
  'version_promoted',
  'deployment_requested_in_production',
  'approved_by_second_person',
  'active_in_production',
] as const;
type GuideStep = (typeof GUIDE_STEPS)[number];

/** Which steps of the first run are done, from what is there: nothing is ticked by hand. */
export const getGuide = operation({
  kind: 'read',
  name: 'guide.get',
  input: z.object({ projectId: id }),
  thing: ({ db, caller, input }) => projectScope(db, caller, input.projectId),
  scope: (project) => project,
  needs: 'ViewProject',
  async run({ db, thing: scope, now }) {
    const { orgId, projectId } = scope;
    const within = { orgId, environment: { projectId } };
    const dev = { orgId, environment: { projectId, posture: 'dev' as const } };
    const prod = { orgId, environment: { projectId, posture: 'prod' as const } };
    const alive = new Date(now.getTime() - OFFLINE_AFTER_MILLIS);
    const counts: Record<GuideStep, number> = {
      agent_online: await db.agent.count({
        where: { ...within, decommissionedAt: null, lastHeartbeatAt: { gt: alive } },
      }),
      // Who makes a version of the sample as it is has no need to change it first.
      draft_saved:
        (await db.draft.count({ where: { ...within, revision: { gt: 1 } } })) +
        (await db.version.count({ where: dev })),
      version_created: await db.version.count({ where: dev }),
      bundle_created: await db.configBundle.count({ where: within }),
      deployed_in_development: await db.deployment.count({ where: { ...dev, state: 'active' } }),
      person_invited: await db.invitation.count({
        where: { orgId, revokedAt: null, OR: [{ projectId }, { projectId: null }] },
      }),
      version_promoted: await db.version.count({ where: { ...prod, promotedFrom: { not: null } } }),
      deployment_requested_in_production: await db.deployment.count({ where: prod }),
      approved_by_second_person: await db.approval.count({
        where: { ...prod, state: 'approved', selfApproved: false, mode: 'person' },
      }),
      active_in_production: await db.deployment.count({ where: { ...prod, state: 'active' } }),
    };
    const environments = await db.environment.findMany({
      where: { orgId, projectId },
      orderBy: { createdAt: 'asc' },
      select: { id: true, name: true, posture: true },
    });
    const draft = await db.draft.findFirst({
      where: within,
      orderBy: { createdAt: 'asc' },
      select: { id: true },
    });
    const steps = GUIDE_STEPS.map((step) => ({ id: step, done: counts[step] > 0 }));
    return {
      steps,
      done: steps.filter((step) => step.done).length,
      draftId: draft?.id ?? null,
      developmentId: environments.find((one) => one.posture === 'dev')?.id ?? null,
      productionId: environments.find((one) => one.posture === 'prod')?.id ?? null,
    };
  },
});
