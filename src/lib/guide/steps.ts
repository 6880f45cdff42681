import type { Outputs } from '$lib/api';

type Guide = Outputs['guide']['get'];
export type StepId = Guide['steps'][number]['id'];

/** A step of the first run, worded, with the way to do it. */
export interface Step {
  id: StepId;
  title: string;
  text: string;
  action: string;
  href: string;
  done: boolean;
  /** Alone in development, or with a second person in production. */
  part: 'development' | 'production';
}

/** Words each step and says where it is done; the server says which exist and which are done. */
export function stepsOf(guide: Guide): Step[] {
  const development = guide.developmentId === null ? '/' : `/environments/${guide.developmentId}`;
  const production = guide.productionId === null ? '/' : `/environments/${guide.productionId}`;
  const draft = guide.draftId === null ? `${development}?tab=drafts` : `/drafts/${guide.draftId}`;
  const worded: Record<StepId, Omit<Step, 'id' | 'done'>> = {
    agent_online: {
      part: 'development',
      title: 'An agent is online',
      text: 'It runs pipelines. The local one is built in the background; others are enrolled.',
      action: 'See the agents',
      href: `${development}?tab=agents`,
    },
    draft_saved: {
      part: 'development',
      title: guide.draftId === null ? 'Write a draft' : 'Change the sample draft',
      text: 'On the canvas or in the text: both show the same plan. It saves by itself.',
      action: guide.draftId === null ? 'Start a draft' : 'Open the draft',
      href: draft,
    },
    version_created: {
      part: 'development',
      title: 'Create a version',
      text: 'The server compiles it again and refuses if its spec hash isn’t the one you saw.',
      action: guide.draftId === null ? 'See the drafts' : 'Open the draft',
      href: draft,
    },
    bundle_created: {
      part: 'development',
      title: 'Say where records come from and go to',
      text: 'A config bundle holds the files and how they are read, for one environment.',
      action: 'Create a config bundle',
      href: guide.developmentId === null ? '/' : `/bundles/new?environment=${guide.developmentId}`,
    },
    deployed_in_development: {
      part: 'development',
      title: 'Deploy it in development',
      text: 'Policy approves here. The agent verifies, starts, and sends live numbers.',
      action: 'Deploy',
      href:
        guide.developmentId === null ? '/' : `/deployments/new?environment=${guide.developmentId}`,
    },
    person_invited: {
      part: 'production',
      title: 'Invite a second person',
      text: 'With the role operator, by a one-time link.',
      action: 'Go to members',
      href: '/settings/members',
    },
    version_promoted: {
      part: 'production',
      title: 'Promote the version to production',
      text: 'The same text, the same spec hash, in another environment.',
      action: 'See the versions',
      href: `${development}?tab=versions`,
    },
    deployment_requested_in_production: {
      part: 'production',
      title: 'Request the deployment',
      text: 'With a config bundle of production.',
      action: 'Request',
      href:
        guide.productionId === null ? '/' : `/deployments/new?environment=${guide.productionId}`,
    },
    approved_by_second_person: {
      part: 'production',
      title: 'The second person approves',
      text: 'They see what changes against what runs, with every hash recomputed in their browser.',
      action: 'See the approvals',
      href: '/approvals',
    },
    active_in_production: {
      part: 'production',
      title: 'Its agent activates it in production',
      text: 'The agent proves it: live numbers come from shared memory.',
      action: 'See the deployments',
      href: `${production}?tab=deployments`,
    },
  };
  return guide.steps.map(({ id, done }) => ({ ...worded[id], id, done }));
}
