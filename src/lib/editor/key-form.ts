import type { StageFamily } from '$lib/compiler';

/**
 * A stage key as a form sees it: a family and one value for each of its parameters.
 *
 * The catalogue's key grammar (`replace:REGEX=TEXT`) says where the parameters stand. Only the way
 * between the fields and the key is here; whether the key is valid is the compiler's to say.
 */
export interface KeyForm {
  family: string;
  values: string[];
}

type Piece = { literal: string } | { parameter: number };

/** The key grammar cut into its literal parts and its parameters. */
function piecesOf(family: StageFamily): Piece[] {
  const pieces: Piece[] = [];
  let rest: string = family.key_grammar;
  family.parameters.forEach(({ name }, index) => {
    const at = rest.indexOf(name);
    if (at < 0) return;
    if (at > 0) pieces.push({ literal: rest.slice(0, at) });
    pieces.push({ parameter: index });
    rest = rest.slice(at + name.length);
  });
  if (rest) pieces.push({ literal: rest });
  return pieces;
}

/** Where `literal` first stands in `text` without a backslash before it; -1 when it doesn't. */
function unescapedIndex(text: string, literal: string): number {
  for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1))
    if (at === 0 || text[at - 1] !== '\\') return at;
  return -1;
}

/** The fields of a key; null when its family is unknown or it doesn't follow the grammar. */
export function readKey(families: readonly StageFamily[], key: string): KeyForm | null {
  const name = key.includes(':') ? key.slice(0, key.indexOf(':')) : key;
  const family = families.find((candidate) => candidate.name === name);
  if (!family) return null;
  const values: string[] = family.parameters.map(() => '');
  const pieces = piecesOf(family);
  let rest = key;
  for (const [index, piece] of pieces.entries()) {
    if ('literal' in piece) {
      if (!rest.startsWith(piece.literal)) return null;
      rest = rest.slice(piece.literal.length);
      continue;
    }
    const next = pieces[index + 1];
    const end = next && 'literal' in next ? unescapedIndex(rest, next.literal) : rest.length;
    if (end < 0) return null;
    values[piece.parameter] = rest.slice(0, end);
    rest = rest.slice(end);
  }
  return rest === '' ? { family: family.name, values } : null;
}

/** The key that the fields make; what would end a parameter early gets its backslash. */
export function writeKey(family: StageFamily, values: readonly string[]): string {
  const pieces = piecesOf(family);
  return pieces
    .map((piece, index) => {
      if ('literal' in piece) return piece.literal;
      const value = values[piece.parameter] ?? '';
      const next = pieces[index + 1];
      return next && 'literal' in next ? escapeLiteral(value, next.literal) : value;
    })
    .join('');
}

function escapeLiteral(value: string, literal: string): string {
  let result = value;
  for (let at = unescapedIndex(result, literal); at >= 0; at = unescapedIndex(result, literal))
    result = `${result.slice(0, at)}\\${result.slice(at)}`;
  return result;
}
