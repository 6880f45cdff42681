import { z } from 'zod';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { findTrial, trialScope } from './find-trial.ts';
import { trialView } from './trial.ts';

/** What came of a trial of connections. For whoever may ask for one: it speaks of what a host reaches. */
export const getTrial = operation({
  kind: 'read',
  name: 'connection.get',
  input: z.object({ trialId: id }),
  thing: ({ db, caller, input }) => findTrial(db, caller, input.trialId),
  scope: trialScope,
  needs: 'OperateEnvironment',
  run: ({ thing, now }) => Promise.resolve(trialView(thing, now)),
});
