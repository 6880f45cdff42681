import { describe, expect, it } from 'vitest';
import { ACTS } from '$server/deployments/acts';
import { ATTEMPT_PHASES } from '$server/domain/agents/phases';
import { DEPLOYMENT_STATES } from '$server/domain/deployments/machine';
import { actSentence, reportWords, stepSentence } from './story';
import { entriesOf, timelineOf, type TimelineEntry } from './timeline';

type Step = Parameters<typeof stepSentence>[0];

const at = (second: number) => new Date(Date.UTC(2026, 10, 29, 10, 0, second)).toISOString();
const step = (to: string, second: number, kind: string) => ({
  from: null,
  to,
  at: at(second),
  actor: { kind, id: kind, name: kind === 'user' ? 'Mira' : kind },
  code: null,
  reason: to === 'pending_approval' ? 'please' : null,
});
const none = { epoch: 3, code: null, message: null };
const deployment = {
  epoch: 3,
  againOf: null,
  rollbackOf: null,
  origin: [
    {
      kind: 'created',
      id: 'v2',
      at: at(0),
      person: { id: 'mira', name: 'Mira' },
      version: 2,
      environment: 'development',
    },
    {
      kind: 'promoted',
      id: 'v1 there',
      at: at(0),
      person: { id: 'mira', name: 'Mira' },
      version: 1,
      environment: 'production',
    },
    {
      kind: 'reviewed',
      id: 'review',
      at: at(0),
      person: { id: 'jonas', name: 'Jonas' },
      proven: false,
      version: 2,
      environment: 'development',
      from: 1,
      verdict: 'changes_wanted',
      viewed: 3,
      total: 4,
      isAuthor: true,
      body: 'Not yet.',
    },
  ],
  acts: [
    {
      id: 'act',
      at: at(2),
      action: 'approval.yes',
      actor: { kind: 'user', id: 'jonas', name: 'Jonas' },
      agentName: null,
      reason: 'fine',
      verdict: null,
      yeses: 1,
      quorum: 2,
    },
  ],
  transitions: [
    step('pending_approval', 1, 'user'),
    step('approved', 3, 'user'),
    step('building', 4, 'job'),
    step('active', 9, 'agent'),
  ],
  agents: [
    {
      name: 'edge-1',
      history: [
        { ...none, fact: 'running', value: 'other', epoch: 2, at: at(8) },
        { ...none, fact: 'running', value: 'yes', at: at(7) },
        { ...none, fact: 'attempted', value: 'fell_back', code: 'E_X', message: 'no', at: at(6) },
        { ...none, fact: 'desired', value: 'run', at: at(5) },
      ],
    },
  ],
} as unknown as Parameters<typeof timelineOf>[0];

const told = (entries: readonly TimelineEntry[]) =>
  entries.map(({ who, did }) => `${who} ${did}`.trim());

describe('the timeline of a deployment', () => {
  it('is one, of all that happened, newest first, each a sentence with who did it', () => {
    expect(told(timelineOf(deployment))).toEqual([
      'agent proved it',
      'edge-1 proved that another one runs there, of epoch 2, from an older disk',
      'edge-1 proved that it runs',
      'edge-1 started it, and it failed its health',
      'edge-1 should run it',
      'A worker began to build its deploy bundle',
      'Mira approved it',
      'Jonas said yes, 1 of 2',
      'Mira asked to run it',
      'Jonas finished the review of v2 from v1, as an author of it: changes wanted, 3 of 4 changes viewed',
      'Mira promoted it to production as v1',
      'Mira created version v2 in development',
    ]);
  });

  it('says of a review whose person nobody proved that it is so, and what it said', () => {
    const entry = timelineOf(deployment).find(({ id }) => id === 'review');
    expect(entry).toMatchObject({ code: 'person_not_proven', reason: 'Not yet.', state: null });
  });

  it('keeps people and agents apart, and what is neither under all', () => {
    const all = timelineOf({ ...deployment, origin: [] });
    expect(told(entriesOf(all, 'people'))).toEqual([
      'Mira approved it',
      'Jonas said yes, 1 of 2',
      'Mira asked to run it',
    ]);
    expect(entriesOf(all, 'agents')).toHaveLength(4);
    expect(entriesOf(all, 'all')).toHaveLength(9);
  });

  it('has words for every state, every ending, every phase of an agent and every act of a person', () => {
    const endings = ['left', 'rolled_back', 'displaced', 'bundle_build_failed', 'aborted'];
    for (const to of DEPLOYMENT_STATES)
      for (const code of [null, ...endings]) {
        const { did } = stepSentence({ ...step(to, 1, 'job'), code } as Step, {
          ...deployment,
          agents: [1, 2],
        });
        expect(did, to).not.toContain('brought it to');
      }
    const lines = [
      ...ATTEMPT_PHASES.map((value) => ({ ...none, fact: 'attempted' as const, value })),
      ...['run', 'fallback', 'stop'].map((value) => ({ ...none, fact: 'desired' as const, value })),
    ];
    for (const line of lines) expect(reportWords(line)).not.toContain(`${line.fact}: `);
    for (const action of ACTS) {
      const { did } = actSentence({ ...deployment.acts[0]!, action });
      expect(did, action).not.toBe(action.replaceAll(/[._]/gu, ' '));
    }
  });
});
