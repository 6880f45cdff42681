import { describe, expect, test } from 'vitest';
import { openSession } from './session/open.testing';
import { findIn } from './find';

const { session } = await openSession({
  text: `pipeline p

ingress in
# The shop resends for ten minutes
stage once dedupe:1000:event_id
stage mask json_mask:email # asked for by legal
stage bad json_mask:
egress out

in -> once -> mask -> bad -> out
`,
});
const found = (search: string) =>
  findIn(session, search).map(({ element, where }) => `${element.id} by ${where}`);

describe('finding in the plan', () => {
  test('by id, key, family, comment and problem', () => {
    expect(found('once')).toEqual(['once by id']);
    expect(found('event_id')).toEqual(['once by key']);
    expect(found('Drop repeats')).toEqual(['once by family']);
    expect(found('resends')).toEqual(['once by comment']);
    expect(found('legal')).toEqual(['mask by comment']);
    expect(found('error')).toEqual(['bad by problem']);
    expect(found('ingress')).toEqual(['in by key']);
  });

  test('by the words of a note that is about it', () => {
    session.run({
      label: 'Note',
      change: {
        notes: { n: { text: 'Ask Ana', x: 0, y: 0, width: 9, height: 9, about: 'mask' } },
      },
    });
    expect(found('ana')).toEqual(['mask by note']);
  });

  test('with words that stand in different places of one element', () => {
    expect(found('mask email')).toEqual(['mask by key']);
    expect(found('once resends')).toEqual(['once by id']);
  });

  test('nothing without a search, and nothing that isn’t there', () => {
    expect(found('  ')).toEqual([]);
    expect(found('zebra')).toEqual([]);
  });

  test('an id that is the whole search comes first', () => {
    expect(found('mask')[0]).toBe('mask by id');
    expect(found('bad')[0]).toBe('bad by id');
  });
});
