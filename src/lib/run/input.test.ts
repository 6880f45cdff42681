import { expect, test } from 'vitest';
import { inputOfSample, recordAt, recordsIn } from './input';

const sample = (id: string, ...records: string[]) => ({ id, name: `Sample ${id}`, records });

test('a sample goes to every ingress', () => {
  const pasted = sample('pasted', 'a', 'b');
  expect(inputOfSample(pasted, [pasted], ['left', 'right'])).toEqual({
    id: 'pasted',
    name: 'Sample pasted',
    records: [
      ['left', ['a', 'b']],
      ['right', ['a', 'b']],
    ],
  });
});

test('samples under the ids of the ingresses go each to its own, when one of them is chosen', () => {
  const [left, right, other] = [sample('left', 'l'), sample('right', 'r'), sample('x', 'x')];
  const all = [left, right, other];
  const into = ['left', 'right'];
  expect(inputOfSample(right, all, into).records).toEqual([
    ['left', ['l']],
    ['right', ['r']],
  ]);
  expect(inputOfSample(other, all, into).records).toEqual([
    ['left', ['x']],
    ['right', ['x']],
  ]);
  // Where one ingress has none of its own, the chosen one is for all.
  expect(inputOfSample(left, [left, other], into).records).toEqual([
    ['left', ['l']],
    ['right', ['l']],
  ]);
});

test('records are numbered through, ingress after ingress', () => {
  const [left, right] = [sample('left', 'a', 'b'), sample('right', 'c')];
  const input = inputOfSample(left, [left, right], ['left', 'right']);
  expect(recordsIn(input)).toEqual(['a', 'b', 'c']);
  expect([1, 2, 3, 4].map((number) => recordAt(input, number))).toEqual([
    { ingress: 'left', record: 'a' },
    { ingress: 'left', record: 'b' },
    { ingress: 'right', record: 'c' },
    null,
  ]);
  expect(recordsIn(null)).toEqual([]);
  expect(recordAt(null, 1)).toBeNull();
});
