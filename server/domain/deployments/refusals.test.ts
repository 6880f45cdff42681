import { describe, expect, it } from 'vitest';
import { isUnder, refuseDeployment, type DeployFacts } from './refusals.ts';

const agent: DeployFacts['agents'][number] = {
  id: 'agent',
  name: 'agent',
  environmentId: 'here',
  decommissioned: false,
  features: ['single_ring'],
  statementVersions: [1, 2],
  allowedRoots: ['/data'],
  otherSlots: 63,
  written: [],
};
const facts: DeployFacts = {
  environmentId: 'here',
  maxInFlight: 2,
  inFlight: 0,
  version: { id: 'v', environmentId: 'here', number: 1, features: ['single_ring'] },
  bundle: {
    environmentId: 'here',
    versionId: 'v',
    paths: [{ field: 'egress.path', path: '/data/out', writes: true }],
  },
  statementVersion: 2,
  agentsAsked: 1,
  agents: [agent],
};
const withAgent = (change: Partial<typeof agent>): DeployFacts => ({
  ...facts,
  agents: [{ ...agent, ...change }],
});

describe('a deployment request', () => {
  it.each<[string, DeployFacts, string[]]>([
    ['that fits is not refused', facts, []],
    ['without an agent', { ...facts, agentsAsked: 0, agents: [] }, ['deployment_without_agent']],
    ['for an agent that is gone', { ...facts, agentsAsked: 2 }, ['agent_not_found']],
    ['for an agent elsewhere', withAgent({ environmentId: 'there' }), ['agent_other_environment']],
    [
      'to an agent that can’t verify it',
      withAgent({ statementVersions: [1] }),
      ['agent_lacks_statement_version'],
    ],
    ['for a decommissioned agent', withAgent({ decommissioned: true }), ['agent_decommissioned']],
    [
      'of a LaneGraph to an agent that runs rings',
      { ...facts, version: { ...facts.version, features: ['lane_graph'] } },
      ['agent_lacks_feature'],
    ],
    [
      'of a ring of shards to an agent that runs one',
      { ...facts, version: { ...facts.version, features: ['single_ring', 'ring_shards'] } },
      ['agent_lacks_feature'],
    ],
    [
      'with a path outside of the roots',
      withAgent({ allowedRoots: ['/dat'] }),
      ['path_outside_roots'],
    ],
    [
      'that would write what another slot writes',
      withAgent({ written: [{ path: '/data/out', slot: 'other' }] }),
      ['path_in_use'],
    ],
    ['into a 65th slot', withAgent({ otherSlots: 64 }), ['agent_slots_full']],
    [
      "with another version's bundle",
      { ...facts, bundle: { ...facts.bundle, versionId: 'w' } },
      ['bundle_other_version'],
    ],
    [
      'that mixes environments',
      { ...facts, version: { ...facts.version, environmentId: 'there' } },
      ['deployment_mixes_environments'],
    ],
    ['beyond the limit', { ...facts, inFlight: 2 }, ['too_many_in_flight']],
  ])('%s', (_name, given, codes) => {
    expect(refuseDeployment(given).map((refusal) => refusal.code)).toEqual(codes);
  });

  it('gives each refusal a sentence and a way out', () => {
    for (const refusal of refuseDeployment(withAgent({ decommissioned: true, allowedRoots: [] }))) {
      expect(refusal.message).toMatch(/\.$/);
      expect(refusal.help).toMatch(/\.$/);
    }
  });
});

it.each([
  ['/data/a', '/data', true],
  ['/data', '/data', true],
  ['/database/a', '/data', false],
  ['/data/a', '/data/', true],
  ['/a', '/', true],
])('%s is under %s: %s', (path, root, expected) => {
  expect(isUnder(path, root)).toBe(expected);
});
