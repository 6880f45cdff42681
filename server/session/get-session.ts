import { z } from 'zod';
import { isProven } from '../domain/identity/sessions.ts';
import { openOperation } from '../operation.ts';

/** Who is signed in here, if anybody, which compiler the server has, and whether pages may be kept. */
export const getSession = openOperation({
  kind: 'read',
  name: 'session.get',
  input: z.void(),
  async run({ services, caller }) {
    const { compiler, config } = services;
    const { offlinePages } = config;
    if (!caller) return { user: null, compilerVersion: compiler.version, offlinePages };
    const { id, name, email, session } = caller.user;
    return {
      user: { id, name, email, proven: isProven(session), method: session.method },
      compilerVersion: compiler.version,
      offlinePages,
    };
  },
});
