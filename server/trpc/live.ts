import { ByteorError } from '../errors.ts';
import { watchEvents, watchEventsInput } from '../live/watch-events.ts';
import { procedure, router, trpcErrorOf } from './base.ts';

/** A refusal in the middle of a stream meets no middleware: it takes its code along here. */
async function* withCodes<T>(events: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    yield* events;
  } catch (error) {
    throw error instanceof ByteorError ? trpcErrorOf(error) : error;
  }
}

export const liveRouter = router({
  events: procedure
    .input(watchEventsInput)
    .subscription(({ ctx, input, signal }) =>
      withCodes(watchEvents(ctx.services, ctx.caller, input, signal)),
    ),
});
