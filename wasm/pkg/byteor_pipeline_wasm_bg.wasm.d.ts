/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const bundleDecode: (a: number, b: number) => [number, number];
export const bundleDiff: (a: number, b: number) => [number, number];
export const bundleEncode: (a: number, b: number) => [number, number];
export const catalogue: (a: number, b: number) => [number, number];
export const compile: (a: number, b: number) => [number, number];
export const decode: (a: number, b: number) => [number, number];
export const deploymentEncode: (a: number, b: number) => [number, number];
export const describe: (a: number, b: number) => [number, number];
export const diff: (a: number, b: number) => [number, number];
export const dot: (a: number, b: number) => [number, number];
export const edit: (a: number, b: number) => [number, number];
export const encode: (a: number, b: number) => [number, number];
export const extract: (a: number, b: number) => [number, number];
export const format: (a: number, b: number) => [number, number];
export const info: (a: number, b: number) => [number, number];
export const lower: (a: number, b: number) => [number, number];
export const validate: (a: number, b: number) => [number, number];
export const __wbindgen_externrefs: WebAssembly.Table;
export const __wbindgen_malloc: (a: number, b: number) => number;
export const __wbindgen_realloc: (a: number, b: number, c: number, d: number) => number;
export const __wbindgen_free: (a: number, b: number, c: number) => void;
export const __wbindgen_start: () => void;
