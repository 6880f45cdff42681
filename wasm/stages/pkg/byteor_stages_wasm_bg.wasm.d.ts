/* tslint:disable */
/* eslint-disable */
export const memory: WebAssembly.Memory;
export const __wbg_run_free: (a: number, b: number) => void;
export const compare_runs: (a: number, b: number, c: number) => void;
export const run: (a: number, b: number, c: number) => void;
export const run_again: (a: number, b: number, c: number, d: number) => void;
export const run_begin: (a: number, b: number) => void;
export const run_failure: (a: number, b: number) => void;
export const run_fates: (a: number, b: number, c: number, d: number) => void;
export const run_feed: (a: number, b: number, c: number, d: number, e: number, f: number) => void;
export const run_feed_bytes: (a: number, b: number, c: number, d: number, e: number, f: number) => void;
export const run_find: (a: number, b: number, c: number, d: number, e: number, f: number) => void;
export const run_forward: (a: number, b: number, c: number) => void;
export const run_go_to: (a: number, b: number, c: number) => void;
export const run_look: (a: number, b: number, c: number) => void;
export const run_new: (a: number, b: number, c: number, d: number, e: number) => void;
export const run_once: (a: number, b: number, c: number) => void;
export const run_set_breakpoints: (a: number, b: number, c: number, d: number) => void;
export const run_shape: (a: number, b: number) => void;
export const run_state: (a: number, b: number) => void;
export const run_ticks: (a: number, b: number, c: number) => void;
export const __wbindgen_add_to_stack_pointer: (a: number) => number;
export const __wbindgen_export: (a: number, b: number) => number;
export const __wbindgen_export2: (a: number, b: number, c: number, d: number) => number;
export const __wbindgen_export3: (a: number, b: number, c: number) => void;
