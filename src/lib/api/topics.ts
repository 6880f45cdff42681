import type { LiveEvent, LiveEventType } from '$server/live/bus';

/**
 * What a query can be stale on: a kind of live event, or that kind about one thing. An event has both
 * topics, so a list names the kind (`draft`) and the page of one thing names it (`draft:<id>`).
 */
export type Topic = LiveEventType | `${LiveEventType}:${string}`;

/** Every kind of event that the server sends; a new one doesn't compile until it stands here. */
export const topicKinds = Object.keys({
  workspace: true,
  member: true,
  draft: true,
  version: true,
  bundle: true,
  deployment: true,
  approval: true,
  agent: true,
  setup: true,
  live: true,
  review: true,
  notification: true,
} satisfies Record<LiveEventType, true>) as LiveEventType[];

/** The topics of an event. */
export function topicsOf(event: Pick<LiveEvent, 'type' | 'id'>): Topic[] {
  return [event.type, `${event.type}:${event.id}`];
}

/** The kind that a topic is of: `draft` of `draft:d1`. */
export function kindOf(topic: Topic): LiveEventType {
  return topic.split(':', 1)[0] as LiveEventType;
}
