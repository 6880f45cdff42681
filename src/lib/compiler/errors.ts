/**
 * A compiler operation that gave no value.
 *
 * `code` is either the compiler's own (for example `E_EDIT_ID_TAKEN`), or one of the page's:
 * `E_COMPILER_START` (the worker did not come up in time), `E_COMPILER_TRAPPED` (the WebAssembly
 * instance died and was replaced), `E_COMPILER_TIMEOUT` (no answer in time; it was replaced),
 * `E_COMPILER_PACKAGE` (the package with the operation could not be loaded; the next call tries
 * again), or `E_COMPILER_CLOSED`.
 */
export class CompilerError extends Error {
  readonly code: string;
  readonly args: Record<string, string>;

  constructor(code: string, message: string, args: Record<string, string> = {}) {
    super(message);
    this.name = 'CompilerError';
    this.code = code;
    this.args = args;
  }
}
