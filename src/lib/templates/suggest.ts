/** A stage that records look as if they needed, and what in them says so. */
export interface Suggestion {
  id: string;
  key: string;
  why: string;
}

/** What pasted records look like, and the stages that fit. */
export interface Look {
  kind: 'json' | 'log' | 'text';
  suggestions: Suggestion[];
}

/** The most records that are looked at; the first say as much as all. */
const LOOKED_AT = 1_000;
/** Of the records that have to agree before something is taken for a rule. */
const MOST = 0.8;

const EMAIL = /[^\s"@]+@[^\s"@]+\.[a-z]{2,}/iu;
const CARD = /\b[0-9]{13,19}\b/u;
const ID = /^(?:event_?|order_?|message_?|request_?)?id$/iu;
/** Names of fields that a key can hold without escapes. */
const PLAIN = /^[A-Za-z0-9_-]+$/u;

/** Looks at records, which are text with escapes, and suggests stages in the order that they stand. */
export function lookAt(records: readonly string[]): Look {
  const looked = records.slice(0, LOOKED_AT);
  const full = looked.filter((record) => record.trim() !== '');
  const objects = full.map(jsonObject).filter((object) => object !== null);
  if (full.length > 0 && objects.length >= full.length * MOST)
    return { kind: 'json', suggestions: forObjects(objects, full.length, looked) };
  const suggestions = forLines(full, looked);
  const dated = full.filter((line) => /\d{2}:\d{2}:\d{2}|\b(?:GET|POST)\b|level=/u.test(line));
  return {
    kind: full.length > 0 && dated.length >= full.length * MOST ? 'log' : 'text',
    suggestions,
  };
}

type Fields = Record<string, unknown>;

function jsonObject(record: string): Fields | null {
  if (!record.startsWith('{')) return null;
  try {
    // A backslash is written twice in a record as text.
    const value: unknown = JSON.parse(record.replaceAll('\\\\', '\\'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : null;
  } catch {
    return null;
  }
}

function forObjects(objects: Fields[], full: number, all: readonly string[]): Suggestion[] {
  const names = [...new Set(objects.flatMap((object) => Object.keys(object)))].filter((name) =>
    PLAIN.test(name),
  );
  const everywhere = names.filter((name) => objects.every((object) => name in object));
  const id = everywhere.find((name) => ID.test(name));
  const required = id ?? everywhere[0];
  const found: Suggestion[] = [];
  const rest = full - objects.length;
  if (required !== undefined)
    found.push({
      id: 'json',
      key: `json_require:${required}`,
      why:
        rest > 0
          ? `${counted(rest, 'record is', 'records are')} no JSON object`
          : `All records seen are JSON objects with ${required}`,
    });
  const debug = objects.filter(({ level }) => level === 'debug').length;
  if (debug > 0)
    found.push({
      id: 'quiet',
      key: 'drop:"level": ?"debug"',
      why: `${debug} of ${all.length} are of the level debug`,
    });
  if (id !== undefined) {
    const again = objects.length - new Set(objects.map((object) => String(object[id]))).size;
    if (again > 0)
      found.push({
        id: 'once',
        key: `dedupe:1000:${id}`,
        why: `${counted(again, 'record has', 'records have')} an ${id} that came before`,
      });
  }
  const personal = names.filter((name) =>
    objects.some((object) => {
      const value = object[name];
      return typeof value === 'string' && (EMAIL.test(value) || CARD.test(value));
    }),
  );
  if (personal.length > 0)
    found.push({
      id: 'mask',
      key: `json_mask:${personal.join(',')}`,
      why: `${personal.join(' and ')} ${personal.length === 1 ? 'holds' : 'hold'} what looks personal`,
    });
  return found;
}

function forLines(lines: readonly string[], all: readonly string[]): Suggestion[] {
  const having = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
  const found: Suggestion[] = [];
  const add = (id: string, key: string, count: number, what: string) => {
    if (count > 0) found.push({ id, key, why: `${count} of ${all.length} ${what}` });
  };
  add('trimmed', 'trim:end', having(/(?:\s|\\r|\\t)$/u), 'end with white space');
  add('full', 'drop:^$', all.length - lines.length, 'are empty');
  add(
    'health',
    'drop:/(healthz|health|livez|readyz|ready|ping)[ ?"]',
    having(/\/(?:healthz|health|livez|readyz|ready|ping)[ ?"]/u),
    'are health checks',
  );
  add('quiet', 'drop:(level=debug|DEBUG)', having(/level=debug|DEBUG/u), 'are debug lines');
  add('mail', 'replace:[^ "<>]+@[^ "<>]+=***', having(EMAIL), 'hold an e-mail address');
  add('card', 'replace:\\b[0-9]{13,19}\\b=***', having(CARD), 'hold what looks like a card number');
  return found;
}

function counted(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
