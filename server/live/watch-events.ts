import { tracked } from '@trpc/server';
import { z } from 'zod';
import { loadCaller, orgIdsOf, type Caller } from '../caller.ts';
import { permits } from '../domain/permissions/roles.ts';
import { conflict, signInRequired } from '../errors.ts';
import { findEnvironment } from '../scopes.ts';
import { id, text } from '../inputs.ts';
import type { Services } from '../services.ts';
import type { LiveEvent, StoredEvent } from './bus.ts';

export const watchEventsInput = z
  .object({
    /** Only this environment's events. */
    environmentId: id.optional(),
    /** Only what a page shows: kinds of events, or `kind:id` for one thing; all where it is left out. */
    topics: z.array(text(80)).max(200).optional(),
    /** Where a broken stream goes on; the client fills it in. */
    lastEventId: text(40).nullish(),
    /** Another stream of the page hears the same until this one does. */
    takesOver: z.boolean().optional(),
  })
  .default({});

/** Throws when a stream that was admitted before may not go on. */
async function refuseEnded(services: Services, began: Caller): Promise<void> {
  if (!(await services.identity.stands(began.user.session.id))) throw signInRequired();
  const today = await loadCaller(services.database.client, began.user);
  if (orgIdsOf(began).some((orgId) => !today.memberships.has(orgId))) {
    throw conflict('membership_changed', 'You were removed from an organization.', {
      help: 'Load the page again.',
    });
  }
}

/** How often a stream shows that it lives (ms), and asks whether it still may. */
export const PING_MILLIS = 10_000;

/** What a stream says first: from here on it brings all that changes. */
export interface Hears {
  type: 'hears';
}

/** What may have committed after something with a later place is no older than a transaction can be (ms). */
const UNSETTLED_MILLIS = 90_000;

/** Environments whose events the caller may see. */
async function visibleEnvironments(services: Services, caller: Caller): Promise<Set<string>> {
  const rows = await services.database.client.environment.findMany({
    where: { orgId: { in: orgIdsOf(caller) } },
    select: { id: true, orgId: true, projectId: true },
  });
  return new Set(
    rows
      .filter((row) => {
        const memberships = caller.memberships.get(row.orgId);
        return memberships ? permits(memberships, 'ViewEnvironment', row.projectId) : false;
      })
      .map((row) => row.id),
  );
}

/**
 * What stands in no environment is told to all of the organization: that something changed there,
 * and not what, for it may be another project's.
 */
function shown(event: LiveEvent): LiveEvent {
  return event.environmentId === null ? { ...event, id: event.orgId } : event;
}

/**
 * Events as they happen, for as long as the client listens and the session stands. Subscribes first
 * and reads the backlog then, so nothing falls between; that it hears is said by the stream itself,
 * because its connection stands before. An event may come twice; it only says what to fetch again.
 *
 * A stream is admitted once and goes on: so with each ping it asks again. It ends with
 * `sign_in_required` when the session was ended or has expired, and with `membership_changed` when
 * the person was removed from an organization that the stream began with.
 */
export async function* watchEvents(
  services: Services,
  first: Caller,
  input: z.infer<typeof watchEventsInput>,
  signal: AbortSignal | undefined,
  pingMillis = PING_MILLIS,
) {
  let caller = first;
  const queue: StoredEvent[] = [];
  let wake: (() => void) | null = null;
  // Before anything is asked of the database: what changes meanwhile waits in the queue.
  const unsubscribe = services.live.subscribe((stored) => {
    queue.push(stored);
    wake?.();
  });
  let place = input.lastEventId ?? services.live.newest();
  let visible = new Set<string>();
  const onAbort = () => wake?.();
  signal?.addEventListener('abort', onAbort);
  const mine = (event: LiveEvent): boolean => {
    if (!caller.memberships.has(event.orgId)) return false;
    if (event.userId !== undefined && event.userId !== caller.user.id) return false;
    if (event.environmentId === null) return true;
    if (input.environmentId && event.environmentId !== input.environmentId) return false;
    return visible.has(event.environmentId);
  };
  const topics = input.topics && new Set(input.topics);
  const wanted = (event: LiveEvent): boolean => {
    if (!topics || topics.has(event.type)) return true;
    return topics.has(`${event.type}:${shown(event).id}`);
  };
  try {
    if (input.environmentId) {
      await findEnvironment(services.database.client, caller, input.environmentId);
    }
    visible = await visibleEnvironments(services, caller);
    if (input.lastEventId) {
      const unsettled = new Date(services.clock.now().getTime() - UNSETTLED_MILLIS);
      const missed = await services.live.backlog(
        orgIdsOf(caller),
        input.lastEventId,
        input.takesOver ? unsettled : undefined,
      );
      for (const stored of missed) {
        if (mine(stored.event)) queue.unshift(stored);
      }
      queue.sort((a, b) => Number(a.sequence ?? Infinity) - Number(b.sequence ?? Infinity));
    }
    yield tracked<LiveEvent | Hears>(place, { type: 'hears' });
    let asked = performance.now();
    while (!signal?.aborted) {
      if (performance.now() - asked >= pingMillis) {
        await refuseEnded(services, first);
        asked = performance.now();
      }
      const stored = queue.shift();
      if (!stored) {
        let timer: NodeJS.Timeout | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, Math.max(0, asked + pingMillis - performance.now()) + 1);
        });
        clearTimeout(timer);
        wake = null;
        continue;
      }
      const { type, orgId } = stored.event;
      if ((type === 'workspace' || type === 'member') && caller.memberships.has(orgId)) {
        // Somebody's roles may have gone: what follows is judged by today's.
        caller = await loadCaller(services.database.client, caller.user);
        visible = await visibleEnvironments(services, caller);
      }
      if (!mine(stored.event)) continue;
      if (stored.sequence !== null) place = stored.sequence;
      if (!wanted(stored.event)) continue;
      yield tracked<LiveEvent | Hears>(place, shown(stored.event));
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    unsubscribe();
  }
}
