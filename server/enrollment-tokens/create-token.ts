import { z } from 'zod';
import { environmentScope, findEnvironment } from '../scopes.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { issueToken } from './issue-token.ts';

/** A single-use enrollment token. This answer is the only place where it can be read. */
export const createToken = operation({
  kind: 'change',
  name: 'enrollment_token.create',
  input: z.object({ environmentId: id }),
  thing: ({ db, caller, input }) => findEnvironment(db, caller, input.environmentId),
  scope: environmentScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, thing: environment, now }) {
    const issued = await issueToken(db, environment, caller.user.id, now);
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
  },
  audit: ({ answer }) => ({
    resource: { kind: 'enrollment_token', id: answer.tokenId },
    detail: { expires_at: answer.expiresAt },
  }),
  events: ({ answer }) => [{ type: 'agent', id: answer.tokenId }],
});
