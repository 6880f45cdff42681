// The ratchet on the sizes of the WebAssembly packages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './project.mjs';

/** How far a package may grow past its budget before somebody has to change the budget. */
const SLACK = 1.02;

/** The budget of each package, in bytes: `{ name: { raw, brotli } }`. */
export function readBudget() {
  return JSON.parse(readFileSync(join(root, 'wasm', 'budget.json'), 'utf8'));
}

/** @typedef {{ raw: number, brotli: number }} Size In bytes. */

/**
 * What is wrong with the size of a package: nothing, or a sentence for each measure that grew by
 * more than two percent.
 *
 * @param {string} name
 * @param {Size} size
 * @param {Record<string, Size>} budget
 */
export function overBudget(name, size, budget) {
  const allowed = budget[name];
  if (!allowed) {
    return [
      `wasm/budget.json has no ${name}: add { "raw": ${size.raw}, "brotli": ${size.brotli} }`,
    ];
  }
  return /** @type {const} */ (['raw', 'brotli'])
    .filter((measure) => size[measure] > allowed[measure] * SLACK)
    .map(
      (measure) =>
        `The package ${name} has ${size[measure]} bytes ${measure}, its budget is ${allowed[measure]}. ` +
        'Make it smaller, or change wasm/budget.json in the same commit and say why.',
    );
}
