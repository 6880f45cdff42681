/* tslint:disable */
/* eslint-disable */

/**
 * `{text}` → `{config, digest, canonical}`. Text that isn't canonical is refused.
 */
export function bundleDecode(json: string): string;

/**
 * `{before, after}` → `ConfigDiff`
 */
export function bundleDiff(json: string): string;

/**
 * `{config, secrets?, ingresses?, egresses?}` → `{text, digest}`, for a spec whose keys use those secrets and that has those boundaries; the error's argument `text` is what the form shows meanwhile.
 */
export function bundleEncode(json: string): string;

/**
 * `{text}` → `{statement, digest}`. Text that isn't canonical is refused.
 */
export function deploymentDecode(json: string): string;

/**
 * `{statement}` → `{text, digest}`, of any version of the statement.
 */
export function deploymentEncode(json: string): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly bundleDecode: (a: number, b: number, c: number) => void;
    readonly bundleDiff: (a: number, b: number, c: number) => void;
    readonly bundleEncode: (a: number, b: number, c: number) => void;
    readonly deploymentDecode: (a: number, b: number, c: number) => void;
    readonly deploymentEncode: (a: number, b: number, c: number) => void;
    readonly __wbindgen_add_to_stack_pointer: (a: number) => number;
    readonly __wbindgen_export: (a: number, b: number) => number;
    readonly __wbindgen_export2: (a: number, b: number, c: number, d: number) => number;
    readonly __wbindgen_export3: (a: number, b: number, c: number) => void;
}

export type SyncInitInput = BufferSource | WebAssembly.Module;

/**
 * Instantiates the given `module`, which can either be bytes or
 * a precompiled `WebAssembly.Module`.
 *
 * @param {{ module: SyncInitInput }} module - Passing `SyncInitInput` directly is deprecated.
 *
 * @returns {InitOutput}
 */
export function initSync(module: { module: SyncInitInput } | SyncInitInput): InitOutput;

/**
 * If `module_or_path` is {RequestInfo} or {URL}, makes a request and
 * for everything else, calls `WebAssembly.instantiate` directly.
 *
 * @param {{ module_or_path: InitInput | Promise<InitInput> }} module_or_path - Passing `InitInput` directly is deprecated.
 *
 * @returns {Promise<InitOutput>}
 */
export default function __wbg_init (module_or_path?: { module_or_path: InitInput | Promise<InitInput> } | InitInput | Promise<InitInput>): Promise<InitOutput>;
