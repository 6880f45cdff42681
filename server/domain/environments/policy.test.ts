import { expect, it } from 'vitest';
import { approvalMode, policyIssuer, POSTURES } from './policy.ts';

const rules = { approvalRequired: false, selfApproval: false };

it.each([
  ['dev', false, [], 'policy'],
  ['dev', false, ['http_post'], 'policy'],
  ['dev', true, [], 'person'],
  ['staging', false, [], 'policy'],
  ['staging', false, ['http_post'], 'person'],
  ['staging', true, [], 'person'],
  ['prod', false, [], 'person'],
  ['prod', false, ['http_post'], 'person'],
  ['prod', true, [], 'person'],
] as const)(
  'in %s, approval required %s, capabilities %j: %s approves',
  (posture, approvalRequired, capabilities, expected) => {
    expect(approvalMode({ ...rules, posture, approvalRequired }, capabilities)).toBe(expected);
  },
);

it.each(POSTURES)('self-approval changes nothing about who approves in %s', (posture) => {
  expect(approvalMode({ posture, approvalRequired: true, selfApproval: true }, [])).toBe('person');
});

it('names the policy that signs', () => {
  expect(policyIssuer({ ...rules, posture: 'dev' })).toMatch(/^policy:[a-z-]+$/);
});
