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
    const of = { orgId: draft.orgId, environmentId: draft.environmentId };
    const base = draft.basedOnId
      ? await db.version.findFirst({
          where: { ...of, id: draft.basedOnId },
          select: { id: true, number: true, specHash: true, pipeline: true },
        })
      : null;
    // An environment has versions of several pipelines: only those of the same one are newer.
    const newest = base
      ? await db.version.findFirst({
          where: { ...of, pipeline: base.pipeline },
          orderBy: { number: 'desc' },
          select: { id: true, number: true, createdBy: true, createdAt: true },
        })
      : null;
    const names = await namesOf(
      db,
      [draft.createdBy, draft.updatedBy, newest?.createdBy].filter((one) => one !== undefined),
    );
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
      /** The version that it is based on, and the newest of the same pipeline in its environment. */
      basedOn: base &&
        newest && {
          id: base.id,
          number: base.number,
          specHash: base.specHash,
          newest: {
            id: newest.id,
            number: newest.number,
            createdBy: names(newest.createdBy),
            createdAt: newest.createdAt.toISOString(),
          },
        },
    };
  },
});
