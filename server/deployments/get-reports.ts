import { z } from 'zod';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';
import { reportView } from './view.ts';

/** Reports that one answer holds. */
const PAGE = 200;

/** What an agent said of a deployment before what `deployments.get` shows, newest first. */
export const getReports = operation({
  kind: 'read',
  name: 'deployment.reports',
  input: z.object({
    deploymentId: id,
    agentId: id,
    /** The oldest report that is known. */
    before: id,
  }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'ViewEnvironment',
  async run({ db, input: { agentId, before }, thing: { orgId, id: deploymentId } }) {
    const rows = await db.agentReport.findMany({
      where: { orgId, deploymentId, agentId, id: { lt: before } },
      orderBy: { id: 'desc' },
      take: PAGE,
    });
    return rows.map(reportView);
  },
});
