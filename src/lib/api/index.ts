export { api, type Inputs, type Outputs } from './client';
export { Action } from './action.svelte';
export { connection } from './connection.svelte';
export { AppError, describeError, errorFor, type AppErrorShape } from './errors';
export { useQuery, invalidate, forgetEverything, type Query } from './query.svelte';
