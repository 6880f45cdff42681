/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const catalogue: (a: number, b: number, c: number) => void;
export const codeActions: (a: number, b: number, c: number) => void;
export const complete: (a: number, b: number, c: number) => void;
export const definition: (a: number, b: number, c: number) => void;
export const edit: (a: number, b: number, c: number) => void;
export const extract: (a: number, b: number, c: number) => void;
export const folding: (a: number, b: number, c: number) => void;
export const format: (a: number, b: number, c: number) => void;
export const formatRange: (a: number, b: number, c: number) => void;
export const hover: (a: number, b: number, c: number) => void;
export const joinKey: (a: number, b: number, c: number) => void;
export const outline: (a: number, b: number, c: number) => void;
export const prepareRename: (a: number, b: number, c: number) => void;
export const references: (a: number, b: number, c: number) => void;
export const semanticTokens: (a: number, b: number, c: number) => void;
export const signatureHelp: (a: number, b: number, c: number) => void;
export const splitKey: (a: number, b: number, c: number) => void;
export const validate: (a: number, b: number, c: number) => void;
export const __wbindgen_add_to_stack_pointer: (a: number) => number;
export const __wbindgen_export: (a: number, b: number) => number;
export const __wbindgen_export2: (a: number, b: number, c: number, d: number) => number;
export const __wbindgen_export3: (a: number, b: number, c: number) => void;
