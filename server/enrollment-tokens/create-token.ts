import { z } from 'zod';
import { authorize, environmentScope, findEnvironment, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { id } from '../inputs.ts';
import type { Services } from '../services.ts';
import { issueEnrollmentToken } from './issue-token.ts';

export const createTokenInput = z.object({ environmentId: id });

/** A single-use enrollment token. This answer is the only place where it can be read. */
export async function createToken(
  services: Services,
  caller: Caller,
  input: z.infer<typeof createTokenInput>,
) {
  const environment = await findEnvironment(services.database.client, caller, input.environmentId);
  await authorize(
    services,
    caller,
    'OperateEnvironment',
    environmentScope(environment),
    'enrollment_token.create',
  );
  const issued = await issueEnrollmentToken(services, environment, userActor(caller));
  return {
    ...issued,
    /** What the host's owner runs, with the token in a file. */
    enroll: {
      api: services.baseUrl,
      org: environment.orgId,
      project: environment.projectId,
      environment: environment.id,
    },
  };
}
