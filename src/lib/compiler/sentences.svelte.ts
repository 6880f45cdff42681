import { SvelteMap } from 'svelte/reactivity';
import { compiler } from './index';
import type { StageSentence } from './types';

/** More than any plan on show has, so that what is on show is never asked for twice. */
const MOST_KEPT = 20_000;

/** What the compiler said; null for keys that it has no sentence for. */
const said = new SvelteMap<string, StageSentence | null>();
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- views wait for answers, not for questions
const asked = new Set<string>();
let waiting: string[] = [];

/**
 * What a stage of this key does, in words of the compiler; null for a key that has none, and until
 * the answer comes, which the caller is told of. What one turn of the page asks for goes out as one
 * question.
 */
export function sentenceOf(key: string): StageSentence | null {
  return known(key) ?? null;
}

/**
 * The same for a key that somebody is changing: until the sentence of the new one is there, the one
 * of the key before stays, so that nothing blinks with each letter.
 */
export function steadySentence(key: () => string | null): () => StageSentence | null {
  let last: StageSentence | null = null;
  return () => {
    const now = key();
    const sentence = now === null ? null : known(now);
    if (sentence !== undefined) last = sentence;
    return last;
  };
}

/** Undefined until the answer is there. */
function known(key: string): StageSentence | null | undefined {
  const sentence = said.get(key);
  if (sentence === undefined && !asked.has(key)) {
    asked.add(key);
    waiting.push(key);
    if (waiting.length === 1) queueMicrotask(() => void ask());
  }
  return sentence;
}

async function ask(): Promise<void> {
  const keys = waiting;
  waiting = [];
  try {
    const sentences = await compiler().call('sentences', { keys });
    for (const [at, key] of keys.entries()) said.set(key, sentences[at] ?? null);
    for (const oldest of said.keys()) {
      if (said.size <= MOST_KEPT) break;
      said.delete(oldest);
    }
  } catch {
    // The key is shown in its place, and whoever asks the next time asks again: the session says
    // when the compiler is gone.
  } finally {
    for (const key of keys) asked.delete(key);
  }
}

/** A sentence as plain text, for names and announcements. */
export function plainText(parts: StageSentence['parts']): string {
  return parts.map(({ text }) => text).join('');
}
