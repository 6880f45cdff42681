/* tslint:disable */
/* eslint-disable */

/**
 * `KvRequest` → `Decoded`
 */
export function decode(json: string): string;

/**
 * `KvRequest` → `TextAnswer`
 */
export function describe(json: string): string;

/**
 * `DiffRequest` → `SemanticDiff`
 */
export function diff(json: string): string;

/**
 * `KvRequest` → `TextAnswer`
 */
export function dot(json: string): string;

/**
 * `EncodeRequest` → `Encoded`
 */
export function encode(json: string): string;

/**
 * `PlanSource` → `Lowering`
 */
export function lower(json: string): string;

/**
 * `MergeRequest` → `MergeAnswer`
 */
export function merge(json: string): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly decode: (a: number, b: number, c: number) => void;
    readonly describe: (a: number, b: number, c: number) => void;
    readonly diff: (a: number, b: number, c: number) => void;
    readonly dot: (a: number, b: number, c: number) => void;
    readonly encode: (a: number, b: number, c: number) => void;
    readonly lower: (a: number, b: number, c: number) => void;
    readonly merge: (a: number, b: number, c: number) => void;
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
