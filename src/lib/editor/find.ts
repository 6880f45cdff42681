import type { Diagnostic, PlanGraph, StageFamily } from '$lib/compiler';
import type { DraftContent } from '$lib/document/content';
import { diagnosticsByElement, elementsOf, type PlanElement } from './graph';

/** An element that a search found, and by what. */
export interface Found {
  element: PlanElement;
  where: 'id' | 'key' | 'family' | 'comment' | 'note' | 'problem';
  /** The text that it was found in. */
  text: string;
}

/** What is searched. */
export interface Searched {
  graph: PlanGraph;
  content: DraftContent;
  families: readonly StageFamily[];
  diagnostics: readonly Diagnostic[];
}

/**
 * The elements in which every word of the search stands, in the order of the flow: in the id, the
 * key, the family, a comment in the text, a note on the canvas or a problem. An id that is the whole
 * search comes first.
 */
export function findIn(searched: Searched, search: string): Found[] {
  const words = search.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [];
  const problems = diagnosticsByElement(searched.diagnostics);
  const families = new Map(searched.families.map((family) => [family.name, family]));
  const notes = Object.values(searched.content.layout.notes);
  const comments = commentsOf(searched.content.text, elementsOf(searched.graph));
  const found = elementsOf(searched.graph).flatMap((element): Found[] => {
    const { id, key, kind } = element;
    const family = families.get(element.family ?? '');
    const places: [Found['where'], string][] = [
      ['id', id],
      ['key', key ?? kind],
      ['family', family ? `${family.title} ${family.name} ${family.class}` : ''],
      ['comment', comments.get(id) ?? ''],
      ['note', notes.flatMap(({ about, text }) => (about === id ? text : [])).join(' ')],
      [
        'problem',
        (problems.get(id) ?? [])
          .map(({ severity, message, code }) => `${severity}: ${message} ${code}`)
          .join(' '),
      ],
    ];
    const all = places.map(([, text]) => text.toLowerCase());
    if (!words.every((word) => all.some((text) => text.includes(word)))) return [];
    const best =
      places.find(([, text]) => words.every((word) => text.toLowerCase().includes(word))) ??
      places.find(([, text]) => words.some((word) => text.toLowerCase().includes(word)));
    return best ? [{ element, where: best[0], text: best[1] }] : [];
  });
  const exact = ({ element }: Found) => (element.id === search.trim().toLowerCase() ? 0 : 1);
  return found.sort((a, b) => exact(a) - exact(b));
}

/** The comments of each element: the lines right above its statement, and the end of its own line. */
function commentsOf(text: string, elements: readonly PlanElement[]): ReadonlyMap<string, string> {
  if (!text.includes('#')) return new Map();
  const lines = text.split('\n');
  const starts: number[] = [];
  let start = 0;
  for (const line of lines) {
    starts.push(start);
    start += line.length + 1;
  }
  const comments = new Map<string, string>();
  for (const { id, span } of elements) {
    const at = starts.findLastIndex((begin) => begin <= span.start);
    const end = lines[at]?.slice(span.end - (starts[at] ?? 0)) ?? '';
    const said = end.trim().startsWith('#') ? [end] : [];
    for (let line = at - 1; lines[line]?.trim().startsWith('#'); line -= 1)
      said.unshift(lines[line] ?? '');
    if (said.length > 0)
      comments.set(id, said.map((line) => line.trim().replace(/^#+\s*/u, '')).join(' '));
  }
  return comments;
}
