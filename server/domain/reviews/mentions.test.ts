import { describe, expect, it } from 'vitest';
import { mentionedIn } from './mentions.ts';

const people = ['Ann', 'Ann Lee', 'Łukasz', 'Olive'].map((name) => ({ id: name, name }));
const mentioned = (text: string) => mentionedIn(text, people).map(({ name }) => name);

describe('who is mentioned', () => {
  it.each([
    ['@Ann, look', ['Ann']],
    ['@ann lee and @OLIVE', ['Ann Lee', 'Olive']],
    ['(@Łukasz)', ['Łukasz']],
    ['@Anna is somebody else', []],
    ['mail ann@Olive.example', []],
    ['@ Olive', []],
    ['@@Olive', ['Olive']],
    ['Olive', []],
    ['@Olive @Olive', ['Olive']],
  ])('%s', (text, names) => {
    expect(mentioned(text)).toEqual(names);
  });

  it('are all who share the name', () => {
    const two = [
      { id: '1', name: 'Ann' },
      { id: '2', name: 'ann' },
    ];
    expect(mentionedIn('@Ann', two)).toEqual(two);
  });
});
