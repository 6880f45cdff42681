import { describe, expect, it } from 'vitest';
import { issueAt, issuesOf } from './issues';

const one = { code: 'E_CONFIG_PATH', field: 'ingress.path', message: 'Bad path.', help: 'Fix it.' };

describe('what stands against a config bundle', () => {
  it('is read from a refusal that lists all of it', () => {
    const refusal = { code: 'E_CONFIG_INVALID', message: 'Invalid.', args: { issues: [one] } };
    expect(issuesOf(refusal)).toEqual([one]);
  });

  it('is read from a refusal whose arguments are all text', () => {
    const args = { issues: JSON.stringify([one]) };
    expect(issuesOf({ code: 'E_CONFIG_INVALID', message: 'Invalid.', args })).toEqual([one]);
  });

  it('is the refusal itself where that names one field', () => {
    const refusal = {
      code: one.code,
      message: one.message,
      args: { field: one.field, help: one.help },
    };
    expect(issuesOf(refusal)).toEqual([one]);
  });

  it('is nothing at a field when the compiler only couldn’t be asked', () => {
    expect(issuesOf({ code: 'E_COMPILER_TIMEOUT', message: 'x', args: {} })).toEqual([]);
  });

  it('is shown at its field, with the way out', () => {
    expect(issueAt([one], 'ingress.path')).toBe('Bad path. Fix it.');
    expect(issueAt([one], 'egress.path')).toBeUndefined();
  });
});
