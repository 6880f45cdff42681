import type { Case } from '$lib/document/content';
import { RECORD_CLASSES, withClass } from '$lib/document/cases';
import { recordBytes as bytesOf } from '$lib/document/records';

/** What is wrong with cases as text, and on which line, from 1. */
export interface CaseTextProblem {
  line: number;
  message: string;
}

/**
 * Cases as text (docs/spec/cases.md):
 *
 * ```
 * case Debug noise never leaves
 * in feed
 * | {"level":"debug"}
 * out archive
 * ```
 */
export function writeCases(cases: Iterable<Case>): string {
  return [...cases].map(writeCase).join('\n');
}

function writeCase({ name, input, expected, recordBytes }: Case): string {
  const side = (word: string, lists: Case['input']) =>
    Object.entries(lists).flatMap(([id, records]) => [
      `${word} ${id}`,
      ...records.map((record) => (record === '' ? '|' : `| ${record}`)),
    ]);
  const bytes = recordBytes === undefined ? [] : [`bytes ${recordBytes}`];
  const sides = [...side('in', input), ...side('out', expected)];
  return [`case ${name}`, ...bytes, ...sides].join('\n') + '\n';
}

const ID = /^[a-z][a-z0-9_]*$/;

/** Reads what {@link writeCases} writes and people edit; the first problem ends it. */
export function readCaseText(text: string): Case[] | CaseTextProblem {
  const cases: Case[] = [];
  let current: Case | null = null;
  let records: string[] | null = null;
  const lines = text.split('\n');
  for (const [index, raw] of lines.entries()) {
    const line = raw.replace(/\r$/u, '');
    const problem = (message: string) => ({ line: index + 1, message });
    const [, word = '', rest = ''] = /^(\S+)\s*(.*?)\s*$/u.exec(line) ?? [];
    if (line.trim() === '' || line.startsWith('#')) continue;
    if (line.startsWith('|')) {
      if (!records) return problem('A record stands below “in ID” or “out ID”.');
      const record = line.replace(/^\| ?/u, '');
      if (!bytesOf(record)) return problem('A backslash begins \\n, \\t, \\r, \\xNN or \\\\ here.');
      records.push(record);
    } else if (word === 'case') {
      if (rest === '') return problem('Give the case a name: “case NAME”.');
      current = { name: rest.slice(0, 120), input: {}, expected: {} };
      records = null;
      cases.push(current);
    } else if (word === 'bytes') {
      if (!current || records) return problem('“bytes” stands right below “case NAME”.');
      if (!RECORD_CLASSES.some((bytes) => String(bytes) === rest))
        return problem(`Records have at most ${RECORD_CLASSES.join(', ')} bytes.`);
      Object.assign(current, withClass(Number(rest)));
    } else if (word === 'in' || word === 'out') {
      if (!current) return problem('A case begins with “case NAME”.');
      if (!ID.test(rest))
        return problem(`“${word}” is followed by the id of an ${word === 'in' ? 'in' : 'e'}gress.`);
      const side: Case['input'] = word === 'in' ? current.input : current.expected;
      if (side[rest]) return problem(`“${word} ${rest}” stands in this case twice.`);
      side[rest] = records = [];
    } else {
      return problem('A line begins with “case”, “bytes”, “in”, “out”, “|” or “#”.');
    }
  }
  return cases;
}
