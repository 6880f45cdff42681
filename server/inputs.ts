/**
 * What inputs are made of: one string base and one integer base, so that no operation lets through
 * what PostgreSQL can't hold, or what a reader would be deceived by.
 */
import { z } from 'zod';

export const id = z.uuid();

/** Text that PostgreSQL can hold: no zero byte, no half of a surrogate pair. */
export const text = (max: number) =>
  z
    .string()
    .max(max)
    .refine((value) => !value.includes('\0'), 'This contains a zero byte.')
    .refine((value) => value.isWellFormed(), 'This contains half of a character.');

/** A whole number that a 32-bit column holds. */
export const integer = (min: number, max = 2_147_483_647) => z.int().min(min).max(max);

/** An instant that `timestamptz` and the page's dates both hold. */
export const instant = z.iso.datetime({ offset: true }).refine((value) => {
  const millis = Date.parse(value);
  return millis >= 0 && millis <= LAST_INSTANT;
}, 'This instant is before 1970 or after 9999.');
const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Words of a program that a machine quotes, as the last lines of a runtime. They are cleaned and
 * cut, never refused: what a process prints must not stop the report that quotes it.
 */
export const quoted = (max: number) =>
  z.string().transform((value) => clean(value).slice(0, max).toWellFormed());

/**
 * The same of what a page shows as somebody's words: what moves a cursor or turns text around is shown
 * as U+FFFD too.
 */
export const spoken = (max: number) =>
  z.string().transform((value) =>
    clean(value)
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD')
      .slice(0, max)
      .toWellFormed(),
  );

/** As PostgreSQL can hold it: a zero byte or half of a character is shown as U+FFFD. */
const clean = (value: string): string => value.toWellFormed().replaceAll('\0', '\uFFFD');

/** A count that is kept as JSON and never in a column of 32 bits. */
export const counter = z.int().nonnegative();

/** A number that may be greater than JavaScript holds exactly: told from others, never counted with. */
export const inexact = z.number().nonnegative();

// Characters that show nothing, that reorder what stands around them, or that nobody has defined.
const DECEIVING = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/u;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;

/**
 * Joiners where the writing needs them: between two parts of one emoji, behind a virama, and
 * between two letters of a joined script (UAX #31, rules A1, A2 and B, without their longer contexts).
 */
const NEEDED = [
  // A picture, its look or its skin, and what is joined to it: one emoji of several code points.
  /\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?)*/gu,
  // Digits as keys.
  /[0-9#*]\uFE0F\u20E3/gu,
  /[\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0BCD\u0C4D\u0CCD\u0D4D\u0DCA\u1039][\u200C\u200D]/gu,
  /(?<=[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}])\u200C(?=[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}])/gu,
];

function deceives(value: string): boolean {
  const rest = NEEDED.reduce((left, needed) => left.replace(needed, 'x'), value);
  return DECEIVING.test(rest) || !VISIBLE.test(rest);
}

/** A name that people read: trimmed, nothing invisible, nothing that reorders text. */
export const name = (max = 120) =>
  text(max)
    .trim()
    .min(1, 'Give a name.')
    .refine(
      (value) => value === '' || !deceives(value),
      'This contains characters that are invisible or reorder text.',
    );

/** An address, in the one way that it is written. */
export const personEmail = text(254)
  .trim()
  .toLowerCase()
  .pipe(z.email('This is no e-mail address.'));

/** What people write beside a step; may be empty. */
export const comment = text(2000).trim().default('');

/** Why somebody does what has to have a reason. */
export const reason = text(2000).trim().min(1, 'Say why.');

/** Largest plan text, in UTF-16 units: far above any plan, far below the body limit. */
const MAX_PLAN_LENGTH = 512 * 1024;
const MAX_LAYOUT_LENGTH = 1024 * 1024;
/** Of a sample, and of a case's side. */
const MAX_RECORDS = 10_000;
/** A record of 16,384 bytes, each of them as an escape. */
const MAX_RECORD_LENGTH = 65_536;

export const executionTarget = z.enum(['single_ring', 'lane_graph']);
export const planText = text(MAX_PLAN_LENGTH);

/**
 * Whether PostgreSQL can hold a JSON value, of at most so many characters. jsonb can't hold what
 * {@link text} refuses; JSON writes both as escapes.
 */
const storable = (max: number) => (value: unknown) => {
  const written = JSON.stringify(value);
  return written.length <= max && !/(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/i.test(written);
};
const NOT_STORABLE = 'This is too large, or holds a zero byte or half of a character.';

/** Any JSON, for a reader of ours that judges its form. */
export const json = (max: number) => z.json().refine(storable(max), NOT_STORABLE);

/** Ids of a plan, and of what stands beside it: no such key is a property of every object. */
const planId = text(64).regex(/^[a-z][a-z0-9_]*$/, 'This is no id.');
const besideId = text(64).regex(/^[a-z0-9][a-z0-9_-]*$/, 'This is no id.');
/** Records as text, with the escapes of the cases. */
const records = z.array(text(MAX_RECORD_LENGTH)).max(MAX_RECORDS);
const recordsById = z.record(planId, records);
const atMost = (entries: number, characters: number) => (value: Record<string, unknown>) =>
  Object.keys(value).length <= entries && JSON.stringify(value).length <= characters;

/** The class of a case's records; 256 bytes without it. */
const recordBytes = z.literal([1_024, 4_096, 16_384]).optional();
const oneCase = z.strictObject({
  name: name(),
  ...{ input: recordsById, expected: recordsById, recordBytes },
});
const oneSample = z.strictObject({ name: name(), records });

/** What goes in and what has to come out, by id: kept with a draft and copied into its versions. */
export const cases = z
  .record(besideId, oneCase)
  .refine(atMost(100, 256 * 1024), 'A draft holds at most 100 cases of 256 kB together.');

/** Samples that somebody shared with a draft, by id. */
export const samples = z
  .record(besideId, oneSample)
  .refine(atMost(20, 512 * 1024), 'A draft holds at most 20 samples of 512 kB together.');

/** Those that changed, by id; null takes one away. Together with the others they keep the same bounds. */
export const changedCases = z.record(besideId, oneCase.nullable());
export const changedSamples = z.record(besideId, oneSample.nullable());

/** A SHA-256 in the one way that it is written. */
export const digest = text(71).regex(/^sha256:[0-9a-f]{64}$/, 'This is no digest.');

export type KeptCases = z.output<typeof cases>;
export type KeptSamples = z.output<typeof samples>;

/** Positions, notes and groups by id. The server keeps it and never looks inside. */
export const layout = z
  .record(z.string(), z.json())
  .refine(storable(MAX_LAYOUT_LENGTH), NOT_STORABLE);
