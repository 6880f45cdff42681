import { expect, it } from 'vitest';
import { found, type Entry } from './places-to-go';

const entry = (title: string, detail = ''): Entry => ({ id: title, title, detail, icon: 'home' });
const entries = [
  entry('Audit', 'page'),
  entry('production', 'environment'),
  entry('Drafts of production', 'environment'),
  entry('prod', 'draft in development'),
];
const titles = (typed: string) => found(entries, typed).map(({ title }) => title);

it('an exact title is first, then its beginning, then a part of it, then what stands beside it', () => {
  expect(titles('prod')).toEqual(['prod', 'production', 'Drafts of production']);
  expect(titles('draft')).toEqual(['Drafts of production', 'prod']);
});

it('all words have to be there, in any order and case', () => {
  expect(titles('Production DRAFTS')).toEqual(['Drafts of production']);
  expect(titles('production nowhere')).toEqual([]);
});

it('with nothing typed all are there as they stand', () => {
  expect(titles('  ')).toEqual(entries.map(({ title }) => title));
});
