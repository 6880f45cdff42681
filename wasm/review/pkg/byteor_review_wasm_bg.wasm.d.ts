/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const decode: (a: number, b: number, c: number) => void;
export const describe: (a: number, b: number, c: number) => void;
export const diff: (a: number, b: number, c: number) => void;
export const dot: (a: number, b: number, c: number) => void;
export const encode: (a: number, b: number, c: number) => void;
export const lower: (a: number, b: number, c: number) => void;
export const merge: (a: number, b: number, c: number) => void;
export const __wbindgen_add_to_stack_pointer: (a: number) => number;
export const __wbindgen_export: (a: number, b: number) => number;
export const __wbindgen_export2: (a: number, b: number, c: number, d: number) => number;
export const __wbindgen_export3: (a: number, b: number, c: number) => void;
