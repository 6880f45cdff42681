import { server } from './client';
import { defineQuery } from './query.svelte';

/**
 * Every question that the page asks the server, once: on which events its answer is stale, and how
 * often it is asked again where time alone changes it. Pages only ask:
 *
 *     const drafts = useQuery(() => queries.drafts.list({ environmentId }));
 *
 * A new one is a line here. `topics` name kinds of events for lists, and kind and id for one thing.
 */

/**
 * An agent that falls silent sends no event; its heartbeats come every second. Asked anew well before
 * an answer's health would turn to unproved by age alone, which the page's clock does.
 */
const silenceMs = 8_000;

export const queries = {
  session: {
    get: defineQuery(server.session.get),
  },
  workspace: {
    tree: defineQuery(server.workspace.tree, { topics: () => ['workspace', 'member'] }),
  },
  guide: {
    get: defineQuery(server.guide.get, {
      topics: () => ['draft', 'version', 'bundle', 'deployment', 'approval', 'agent', 'member'],
    }),
  },
  setup: {
    status: defineQuery(server.setup.status, { topics: () => ['setup', 'agent'] }),
  },
  drafts: {
    list: defineQuery(server.drafts.list, { topics: () => ['draft'] }),
    get: defineQuery(server.drafts.get, {
      /** A version may be newer than the one that the draft is based on. */
      topics: ({ draftId }) => [`draft:${draftId}`, 'version'],
      knows: (draft, event) => event.revision !== undefined && event.revision <= draft.revision,
    }),
  },
  versions: {
    list: defineQuery(server.versions.list, { topics: () => ['version'] }),
    /** A version never changes; what its cases gave comes a moment later. */
    get: defineQuery(server.versions.get, {
      topics: ({ versionId }) => [`version:${versionId}`],
    }),
  },
  reviews: {
    /** A thread of an older version, or of a promoted one, shows here too. */
    get: defineQuery(server.reviews.get, { topics: () => ['review', 'draft'] }),
  },
  notifications: {
    list: defineQuery(server.notifications.list, { topics: () => ['notification', 'member'] }),
  },
  bundles: {
    list: defineQuery(server.bundles.list, { topics: () => ['bundle', 'deployment'] }),
    get: defineQuery(server.bundles.get, {
      topics: ({ bundleId }) => [`bundle:${bundleId}`, 'deployment'],
    }),
    suggest: defineQuery(server.bundles.suggest, { topics: () => ['bundle', 'agent'] }),
  },
  connections: {
    /** Its agent's answer comes as news of the agent; that none came, by time alone. */
    get: defineQuery(server.connections.get, { topics: () => ['agent'], everyMs: silenceMs }),
  },
  deployments: {
    list: defineQuery(server.deployments.list, {
      topics: () => ['deployment', 'approval', 'agent'],
      everyMs: silenceMs,
    }),
    get: defineQuery(server.deployments.get, {
      topics: ({ deploymentId }) => [`deployment:${deploymentId}`, 'approval', 'agent'],
      everyMs: silenceMs,
    }),
    /** What changes with each heartbeat, apart from what doesn't. */
    numbers: defineQuery(server.deployments.numbers, {
      topics: ({ deploymentId }) => [`live:${deploymentId}`],
      everyMs: silenceMs,
    }),
    /** What was said is said: older lines never change. */
    reports: defineQuery(server.deployments.reports),
    preview: defineQuery(server.deployments.preview, {
      topics: () => ['deployment', 'agent', 'bundle', 'workspace'],
    }),
  },
  approvals: {
    inbox: defineQuery(server.approvals.inbox, {
      topics: () => ['approval', 'deployment', 'review'],
    }),
    /** The badge on every page. */
    waiting: defineQuery(server.approvals.waiting, { topics: () => ['approval', 'deployment'] }),
    get: defineQuery(server.approvals.get, {
      topics: () => [
        /** Of others too: they may be about the same slot. */
        'approval',
        'review',
        /** Its cases come a moment after it. */
        'version',
        'deployment',
        'agent',
        'workspace',
        'member',
      ],
      everyMs: silenceMs,
    }),
  },
  overview: {
    get: defineQuery(server.overview.get, {
      topics: () => ['deployment', 'approval', 'agent', 'draft', 'version', 'workspace'],
      everyMs: silenceMs,
    }),
  },
  agents: {
    get: defineQuery(server.agents.get, {
      topics: ({ agentId }) => [`agent:${agentId}`, 'deployment'],
      everyMs: silenceMs,
    }),
    list: defineQuery(server.agents.list, {
      topics: () => ['agent', 'deployment'],
      everyMs: silenceMs,
    }),
  },
  enrollmentTokens: {
    /** Tokens expire without an event. */
    list: defineQuery(server.enrollmentTokens.list, {
      topics: () => ['agent'],
      everyMs: 60_000,
    }),
  },
  members: {
    list: defineQuery(server.members.list, { topics: () => ['member', 'workspace'] }),
  },
  invitations: {
    list: defineQuery(server.invitations.list, { topics: () => ['member', 'workspace'] }),
    peek: defineQuery(server.invitations.peek),
  },
  audit: {
    list: defineQuery(server.audit.list),
  },
};
