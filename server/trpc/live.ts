import { watchEvents, watchEventsInput } from '../live/watch-events.ts';
import { procedure, router } from './base.ts';

export const liveRouter = router({
  events: procedure
    .input(watchEventsInput)
    .subscription(({ ctx, input, signal }) => watchEvents(ctx.services, ctx.caller, input, signal)),
});
