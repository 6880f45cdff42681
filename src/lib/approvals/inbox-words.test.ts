import { describe, expect, it } from 'vitest';
import { changeLine, risksOf, waitsBecause, type InboxEntry } from './inbox-words';

type Compared = NonNullable<InboxEntry['compared']>;
const counts = { added: 1, removed: 0, changed: 2, renamed: 0, rewired: 0 };
const compared: Compared = {
  running: { number: 12 },
  onTheWay: 0,
  goesBack: null,
  changes: { total: 3, counts, needs: [] },
  bundleChanged: false,
};
const entry = (more: Partial<Compared> = {}, capabilities: string[] = []) =>
  ({ compared: { ...compared, ...more }, capabilities, refusal: null }) as unknown as InboxEntry;

describe('what a request changes, in a line', () => {
  it('counts the changes against what runs there, and says that nothing new is allowed', () => {
    expect(changeLine(entry())).toBe('2 changed, 1 added against v12; no new capability');
  });

  it('names another config bundle and new capabilities', () => {
    const changes = { total: 3, counts, needs: ['http_post'] };
    expect(changeLine(entry({ changes, bundleChanged: true }))).toBe(
      '2 changed, 1 added against v12, another config bundle; http_post is new',
    );
  });

  it('says that it is the first, and what it may do', () => {
    const first = { running: null, changes: null };
    expect(changeLine(entry(first))).toBe('the first in its slot; touches nothing outside');
    expect(changeLine(entry(first, ['http_post']))).toBe('the first in its slot; may http_post');
  });

  it('never passes what can’t be compared for unchanged', () => {
    expect(changeLine(entry({ changes: { code: 'E_KV' } }))).toContain('can’t be compared');
  });
});

describe('what should make somebody look twice', () => {
  it('is a capability that is new, a way back and another on its way', () => {
    const changes = { total: 3, counts, needs: ['http_post'] };
    const risks = risksOf(
      entry({ changes, goesBack: 'older_version', onTheWay: 1 }, ['http_post']),
    );
    expect(risks.map(({ text }) => text)).toEqual([
      'needs http_post',
      'goes back',
      'another is on its way',
    ]);
  });

  it('is not a capability that what runs there has already', () => {
    expect(risksOf(entry({}, ['http_post']))).toEqual([]);
  });
});

describe('why it waits for others', () => {
  it('is said for each reason, and for none where it waits for the reader', () => {
    expect(waitsBecause(entry())).toBe('');
    expect(waitsBecause({ ...entry(), refusal: 'approval_own_request' })).toMatch(/you asked/);
  });
});
