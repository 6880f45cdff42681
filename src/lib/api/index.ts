export { api, type Inputs, type Outputs } from './client';
export { Action } from './action.svelte';
export { connection } from './connection.svelte';
export { AppError, describeError, type AppErrorShape } from './errors';
export { queries } from './queries';
export { amend, ask, forgetEverything, invalidate, useQuery, type Query } from './query.svelte';
