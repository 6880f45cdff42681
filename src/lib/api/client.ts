import {
  createTRPCClient,
  httpBatchLink,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCLink,
} from '@trpc/client';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import { observable, tap } from '@trpc/server/observable';
import type { AppRouter } from '$server/trpc/router';
import { noteAnswer, noteNoAnswer } from './connection.svelte';
import { describeError } from './errors';

/** What each procedure takes and answers; pages name their data through these. */
export type Inputs = inferRouterInputs<AppRouter>;
export type Outputs = inferRouterOutputs<AppRouter>;

/** Keeps the connection's state: any answer proves the server, a failure to get one doubts it. */
const watchConnection: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    observable((observer) =>
      next(op)
        .pipe(
          tap({
            next: () => {
              // A subscription also reports its own state here; the one who follows it judges that.
              if (op.type !== 'subscription') noteAnswer();
            },
            error: (error) => {
              const { code } = describeError(error);
              if (code === 'offline') noteNoAnswer();
              else noteAnswer(code);
            },
          }),
        )
        .subscribe(observer),
    );

/**
 * The way to the server, for this folder alone: calls are batched, subscriptions are server-sent
 * events. What reads is asked through `queries.ts`.
 */
export const server = createTRPCClient<AppRouter>({
  links: [
    watchConnection,
    splitLink({
      condition: (op) => op.type === 'subscription',
      true: httpSubscriptionLink({ url: '/trpc' }),
      false: splitLink({
        // What carries a secret travels in a body: addresses end up in the logs of proxies.
        condition: (op) => op.path === 'invitations.peek',
        true: httpLink({ url: '/trpc', methodOverride: 'POST' }),
        // `maxItems`: what the server takes in one batch (server/limits/limits.ts).
        false: httpBatchLink({ url: '/trpc', maxURLLength: 4000, maxItems: 20 }),
      }),
    }),
  ],
});

/** The procedures of a router that change something. */
type Changes<T> = {
  [
    Name in keyof T as T[Name] extends { query: unknown } | { subscribe: unknown } ? never : Name
  ]: T[Name] extends { mutate: unknown } ? T[Name] : Changes<T[Name]>;
};

/** What pages do to the server. That it has nothing that reads is the point: see `queries.ts`. */
export const api: Changes<typeof server> = server;
