// Generated from crates/byteor-pipeline-language by `cargo run -p xtask -- codegen`. Don't edit.

/** What a semantic token is, by number. */
export const tokenTypes: string[] = [
  'keyword',
  'name',
  'stage',
  'boundary',
  'family',
  'parameter',
  'operator',
  'value',
  'string',
  'comment',
];

/** What else it is, by bit. */
export const tokenModifiers: string[] = [
  'declaration',
  'unresolved',
  'default',
  'delimiter',
];
