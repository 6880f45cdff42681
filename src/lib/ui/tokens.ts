/** The tokens of a list, as they stand in it; a comma behind a backslash is part of one. */
export function cutTokens(list: string): string[] {
  if (list === '') return [];
  const tokens = [''];
  let escaped = false;
  for (const letter of list) {
    if (letter === ',' && !escaped) tokens.push('');
    else tokens[tokens.length - 1] += letter;
    escaped = letter === '\\' && !escaped;
  }
  return tokens;
}
