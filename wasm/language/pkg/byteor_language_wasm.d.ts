/* tslint:disable */
/* eslint-disable */

/**
 * `{}` → `StageFamily[]`
 */
export function catalogue(_json: string): string;

/**
 * `RangeRequest` → `CodeAction[]`
 */
export function codeActions(json: string): string;

/**
 * `PlaceRequest` → `CompletionList`
 */
export function complete(json: string): string;

/**
 * `KvRequest` → `Decoded`
 */
export function decode(json: string): string;

/**
 * `PlaceRequest` → `Span | null`
 */
export function definition(json: string): string;

/**
 * `KvRequest` → `Description`
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
 * `EditRequest` → `EditAnswer`
 */
export function edit(json: string): string;

/**
 * `EncodeRequest` → `Encoded`
 */
export function encode(json: string): string;

/**
 * `ExtractRequest` → `TextAnswer`
 */
export function extract(json: string): string;

/**
 * `FormatRequest` → `FoldingRange[]`
 */
export function folding(json: string): string;

/**
 * `FollowRequest` → `FollowedAnchor[]`
 */
export function follow(json: string): string;

/**
 * `ForeseeRequest` → `Foreseen`
 */
export function foresee(json: string): string;

/**
 * `FormatRequest` → `Formatted`
 */
export function format(json: string): string;

/**
 * `RangeRequest` → `TextEdit[]`
 */
export function formatRange(json: string): string;

/**
 * `PlaceRequest` → `Hover | null`
 */
export function hover(json: string): string;

/**
 * `KeyForm` → `StageKey | null`
 */
export function joinKey(json: string): string;

/**
 * `PlanSource` → `Lowering`
 */
export function lower(json: string): string;

/**
 * `MergeRequest` → `MergeAnswer`
 */
export function merge(json: string): string;

/**
 * `FormatRequest` → `OutlineItem[]`
 */
export function outline(json: string): string;

/**
 * `PlaceRequest` → `RenamePlace | null`
 */
export function prepareRename(json: string): string;

/**
 * `PlaceRequest` → `Reference[]`
 */
export function references(json: string): string;

/**
 * `FormatRequest` → `number[]`
 */
export function semanticTokens(json: string): string;

/**
 * `SentencesRequest` → `(StageSentence | null)[]`
 */
export function sentences(json: string): string;

/**
 * `PlaceRequest` → `SignatureHelp | null`
 */
export function signatureHelp(json: string): string;

/**
 * `PlanSource` → `ForeseenRole[]`
 */
export function sketch(json: string): string;

/**
 * `StageKey` → `KeyForm | null`
 */
export function splitKey(json: string): string;

/**
 * `PlanSource` → `Validation`
 */
export function validate(json: string): string;

export type InitInput = RequestInfo | URL | Response | BufferSource | WebAssembly.Module;

export interface InitOutput {
    readonly memory: WebAssembly.Memory;
    readonly catalogue: (a: number, b: number, c: number) => void;
    readonly codeActions: (a: number, b: number, c: number) => void;
    readonly complete: (a: number, b: number, c: number) => void;
    readonly decode: (a: number, b: number, c: number) => void;
    readonly definition: (a: number, b: number, c: number) => void;
    readonly describe: (a: number, b: number, c: number) => void;
    readonly diff: (a: number, b: number, c: number) => void;
    readonly dot: (a: number, b: number, c: number) => void;
    readonly edit: (a: number, b: number, c: number) => void;
    readonly encode: (a: number, b: number, c: number) => void;
    readonly extract: (a: number, b: number, c: number) => void;
    readonly folding: (a: number, b: number, c: number) => void;
    readonly follow: (a: number, b: number, c: number) => void;
    readonly foresee: (a: number, b: number, c: number) => void;
    readonly format: (a: number, b: number, c: number) => void;
    readonly formatRange: (a: number, b: number, c: number) => void;
    readonly hover: (a: number, b: number, c: number) => void;
    readonly joinKey: (a: number, b: number, c: number) => void;
    readonly lower: (a: number, b: number, c: number) => void;
    readonly merge: (a: number, b: number, c: number) => void;
    readonly outline: (a: number, b: number, c: number) => void;
    readonly prepareRename: (a: number, b: number, c: number) => void;
    readonly references: (a: number, b: number, c: number) => void;
    readonly semanticTokens: (a: number, b: number, c: number) => void;
    readonly sentences: (a: number, b: number, c: number) => void;
    readonly signatureHelp: (a: number, b: number, c: number) => void;
    readonly sketch: (a: number, b: number, c: number) => void;
    readonly splitKey: (a: number, b: number, c: number) => void;
    readonly validate: (a: number, b: number, c: number) => void;
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
