import { z } from 'zod';
import type { Json } from '../domain/digests/canonical-json.ts';
import { permits } from '../domain/permissions/roles.ts';
import { id, type KeptCases, type KeptSamples } from '../inputs.ts';
import { namesOf } from '../members/names.ts';
import { operation } from '../operation.ts';
import { draftScope, findDraft } from './find-draft.ts';

/** One draft, whole, and whether the caller may change it. */
export const getDraft = operation({
  kind: 'read',
  name: 'draft.get',
  input: z.object({ draftId: id }),
  thing: ({ db, caller, input }) => findDraft(db, caller, input.draftId),
  scope: draftScope,
  needs: 'ViewEnvironment',
  async run({ db, caller, thing: draft }) {
    const memberships = caller.memberships.get(draft.orgId);
    const newest = await db.version.findFirst({
      where: { orgId: draft.orgId, environmentId: draft.environmentId },
      orderBy: { number: 'desc' },
      select: { number: true },
    });
    const basedOn = await db.version.findFirst({
      where: { orgId: draft.orgId, draftId: draft.id },
      orderBy: { number: 'desc' },
      select: { id: true, number: true, specHash: true, draftRevision: true },
    });
    const names = await namesOf(db, [draft.createdBy, draft.updatedBy]);
    return {
      id: draft.id,
      environmentId: draft.environmentId,
      environment: {
        id: draft.environment.id,
        name: draft.environment.name,
        posture: draft.environment.posture as 'dev' | 'staging' | 'prod',
      },
      projectId: draft.environment.projectId,
      orgId: draft.orgId,
      name: draft.name,
      text: draft.text,
      target: draft.target as 'single_ring' | 'lane_graph',
      layout: draft.layout as { [key: string]: Json },
      cases: draft.cases as KeptCases,
      samples: draft.samples as KeptSamples,
      revision: draft.revision,
      compilerVersion: draft.compilerVersion,
      createdBy: names(draft.createdBy),
      updatedBy: names(draft.updatedBy),
      createdAt: draft.createdAt.toISOString(),
      updatedAt: draft.updatedAt.toISOString(),
      mayEdit: memberships
        ? permits(memberships, 'OperateEnvironment', draft.environment.projectId)
        : false,
      /** The last version made from this draft, and the environment's newest. */
      lastVersion: basedOn,
      newestVersionNumber: newest?.number ?? null,
    };
  },
});
