import { z } from 'zod';
import { revokeGrant } from '../approvals/revoke.ts';
import { id, reason } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';
import { refuseUnless, standingOf } from './standing.ts';

/** Takes back what is on its way, before an agent proved it; its agents go on with what ran before. */
export const abortDeployment = operation({
  kind: 'change',
  name: 'deployment.abort',
  input: z.object({ deploymentId: id, reason }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, actor, input, thing: deployment, now }) {
    refuseUnless(await standingOf(services, db, caller, deployment, now), 'abort');
    const why = { event: 'aborted', actor, code: 'aborted', reason: input.reason } as const;
    return { state: await revokeGrant(services, db, deployment, why, now) };
  },
  audit: unaudited('Its movers record the deployment and the approval.'),
  events: () => [],
});
