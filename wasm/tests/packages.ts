// The committed WebAssembly packages of the compiler under Node, as one object.
import { readFileSync } from 'node:fs';
import * as bundle from '../bundle/pkg/byteor_bundle_wasm.js';
import * as language from '../language/pkg/byteor_language_wasm.js';
import * as core from '../pkg/byteor_pipeline_wasm.js';

const bytes = (path: string) => ({ module: readFileSync(new URL(path, import.meta.url)) });

core.initSync(bytes('../pkg/byteor_pipeline_wasm_bg.wasm'));
language.initSync(bytes('../language/pkg/byteor_language_wasm_bg.wasm'));
bundle.initSync(bytes('../bundle/pkg/byteor_bundle_wasm_bg.wasm'));

/** All operations by their names, whichever package they are in. */
export const operations = { ...core, ...language, ...bundle };
