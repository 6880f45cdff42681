/**
 * Hostile inputs, made from the schemas themselves: a fitting input for a schema, and then each of
 * its places in turn with each value that nobody should send.
 */
import type { z } from 'zod';

/** A value that nobody should send, and whether it can be kept at all. */
export interface Hostile {
  name: string;
  value: unknown;
  /** Has to be refused wherever it is looked at: no text that PostgreSQL could hold. */
  unstorable?: true;
}

const deep = (levels: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { a: value };
  return value;
};

/** Deeper than any recursion goes, and so than `JSON.stringify` writes: {@link written} does. */
const ABYSS = '@a list in 50,000 lists';
const LEVELS = 50_000;

/** The JSON of a value that may hold {@link HOSTILE}'s. */
export function written(value: unknown): string {
  const json = (JSON.stringify(value) as string | undefined) ?? '';
  return json.replaceAll(JSON.stringify(ABYSS), '['.repeat(LEVELS) + ']'.repeat(LEVELS));
}

/** What a server reads of it. */
export function arrived(value: unknown): unknown {
  const json = written(value);
  return json === '' ? undefined : (JSON.parse(json) as unknown);
}

export const HOSTILE: Hostile[] = [
  { name: 'nesting of 50,000 levels', value: ABYSS },
  { name: 'a zero byte', value: 'a\0b', unstorable: true },
  { name: 'only a zero byte', value: '\0', unstorable: true },
  { name: 'the first half of a surrogate pair', value: 'a\ud800', unstorable: true },
  { name: 'the second half of a surrogate pair', value: '\udc00b', unstorable: true },
  { name: 'an object with a zero byte', value: { a: '\0' } },
  { name: 'an object with a zero byte in a key', value: { 'a\0': 1 } },
  { name: 'an object with half of a character in a key', value: { 'a\ud800': 1 } },
  { name: '2^31', value: 2 ** 31 },
  { name: '2^53', value: 2 ** 53 },
  { name: '2^53 + 2', value: 2 ** 53 + 2 },
  { name: 'minus one', value: -1 },
  { name: '-2^63', value: -(2 ** 63) },
  { name: 'a fraction', value: 1.5 },
  { name: '1e308', value: 1e308 },
  { name: 'text NaN', value: 'NaN' },
  { name: 'null', value: null },
  { name: 'nothing', value: undefined },
  { name: 'true', value: true },
  { name: 'an empty text', value: '' },
  { name: 'a blank', value: ' ' },
  { name: 'an empty list', value: [] },
  { name: 'an empty object', value: {} },
  { name: 'a list in a list', value: [[]] },
  { name: 'nesting of 500 levels', value: deep(500) },
  { name: '100,000 characters', value: 'x'.repeat(100_000) },
  { name: 'a name that turns text around', value: 'a\u202Ecod.exe' },
  { name: 'a name that shows nothing', value: '\u200B\u2060' },
  { name: 'a uuid of nothing', value: '01a20056-11b7-7000-a5ad-0fb959df906d' },
  { name: 'a year that no column holds', value: '-271821-04-20T00:00:00Z' },
  { name: 'the year 0', value: '0000-01-01T00:00:00Z' },
  { name: 'beyond the last second of 9999', value: '9999-12-31T23:59:59-23:59' },
  { name: 'SQL', value: "'; DROP TABLE users; --" },
  { name: 'a path upwards', value: '../../etc/passwd' },
  {
    name: 'a prototype',
    value: JSON.parse('{"__proto__": {"a": 1}, "constructor": {"prototype": 1}}'),
  },
];

interface Definition {
  type: string;
  shape?: Record<string, z.ZodType>;
  element?: z.ZodType;
  innerType?: z.ZodType;
  in?: z.ZodType;
  options?: readonly z.ZodType[];
  discriminator?: string;
  values?: readonly unknown[];
  entries?: Record<string, unknown>;
  valueType?: z.ZodType;
  getter?: () => z.ZodType;
}
const definitionOf = (schema: z.ZodType) => schema._zod.def as unknown as Definition;

/** What stands for a text or a number by the name of its field. */
export type Examples = (field: string) => unknown;

/** An input that fits the schema, with every optional place filled. */
export function fitting(schema: z.ZodType, examples: Examples, field = ''): unknown {
  const known = examples(field);
  if (known !== undefined) return known;
  const definition = definitionOf(schema);
  switch (definition.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(definition.shape ?? {}).map(([key, inner]) => [
          key,
          fitting(inner, examples, key),
        ]),
      );
    case 'array':
      return definition.element ? [fitting(definition.element, examples, field)] : [];
    case 'record':
      return { key: fitting(definition.valueType as z.ZodType, examples, 'key') };
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'catch':
      return fitting(definition.innerType as z.ZodType, examples, field);
    case 'pipe':
      return fitting(definition.in as z.ZodType, examples, field);
    case 'lazy':
      return fitting((definition.getter as () => z.ZodType)(), examples, field);
    case 'union':
      return fitting(definition.options?.[0] as z.ZodType, examples, field);
    case 'literal':
      return definition.values?.[0];
    case 'enum':
      return Object.values(definition.entries ?? {})[0];
    case 'boolean':
      return false;
    case 'number':
    case 'int':
      return 1;
    case 'string':
      return fittingText(schema);
    case 'null':
    case 'undefined':
    case 'void':
      return undefined;
    default:
      throw new Error(`no example of the schema type ${definition.type} (${field})`);
  }
}

/** The first of some texts that the schema takes. */
function fittingText(schema: z.ZodType): string {
  const tries = [
    'text',
    '01a20056-11b7-7000-a5ad-0fb959df906d',
    '2026-11-28T12:00:00.000Z',
    'someone@example.org',
    '/data',
    `sha256:${'0'.repeat(64)}`,
    '0'.repeat(32),
  ];
  const found = tries.find((text) => schema.safeParse(text).success);
  if (found === undefined) throw new Error('no example fits a text: add one to fittingText');
  return found;
}

export type Path = (string | number)[];

/** Every place of a value, the whole first. */
export function placesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, part]) =>
    placesOf(part, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return [path, ...inner];
}

/** The value with another at one place. */
export function withAt(value: unknown, path: Path, other: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return other;
  if (Array.isArray(value)) {
    return value.map((part, index) => (index === first ? withAt(part, rest, other) : part));
  }
  const object = value as Record<string, unknown>;
  return { ...object, [first]: withAt(object[first], rest, other) };
}

/** Who judges a place of an input: the innermost schema above it, and the way from there to the place. */
export interface Judge {
  schema: z.ZodType;
  /** Empty where the schema is the place's own; else it judges the place with what stands around it. */
  inside: Path;
}

/**
 * The judge of a place. What it refuses there, the whole schema refuses: so none is sought inside a
 * schema that may take a value although a part of it refuses, as one that has another option does.
 */
export function judgeOf(schema: z.ZodType, path: Path, value: unknown): Judge {
  const [first, ...rest] = path;
  if (first === undefined) return { schema, inside: [] };
  const definition = definitionOf(schema);
  const into = (inner: z.ZodType | undefined): Judge =>
    inner
      ? judgeOf(inner, rest, (value as Record<string | number, unknown>)[first])
      : { schema, inside: path };
  switch (definition.type) {
    case 'object':
      return into(definition.shape?.[first]);
    case 'array':
      return into(definition.element);
    case 'record':
      return into(definition.valueType);
    case 'optional':
    case 'nullable':
    case 'default':
    case 'readonly':
      return judgeOf(definition.innerType as z.ZodType, path, value);
    case 'pipe':
      return judgeOf(definition.in as z.ZodType, path, value);
    case 'union': {
      const told = definition.discriminator !== undefined && definition.discriminator !== first;
      const option = told
        ? definition.options?.find((one) => one.safeParse(value).success)
        : undefined;
      return option ? judgeOf(option, path, value) : { schema, inside: path };
    }
    default:
      return { schema, inside: path };
  }
}
