/** WebAssembly binaries (WebAssembly core specification, "Binary format"), as far as their memory goes. */

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;

/**
 * The same module with a maximum for its memory, in pages of 64 KiB: growing beyond it fails inside
 * of the module, whatever it computes. The module has one memory of its own.
 */
export function withMemoryLimit(module: Uint8Array, pages: number): Uint8Array {
  let at = HEADER_BYTES;
  while (at < module.length) {
    const start = at;
    const id = module[at];
    const size = readNumber(module, at + 1);
    const end = size.next + size.value;
    if (id === MEMORY_SECTION) {
      const count = readNumber(module, size.next);
      const minimum = readNumber(module, count.next + 1);
      if (count.value !== 1 || minimum.value > pages)
        throw new RangeError(`the module needs ${minimum.value} pages in ${count.value} memories`);
      const body = [1, HAS_MAXIMUM, ...writeNumber(minimum.value), ...writeNumber(pages)];
      const section = [MEMORY_SECTION, ...writeNumber(body.length), ...body];
      const limited = new Uint8Array(start + section.length + module.length - end);
      limited.set(module.subarray(0, start));
      limited.set(section, start);
      limited.set(module.subarray(end), start + section.length);
      return limited;
    }
    at = end;
  }
  throw new RangeError('the module has no memory of its own');
}

/** An unsigned LEB128 number, and where it ends. */
function readNumber(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = bytes[from + index] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: from + index + 1 };
  }
  throw new RangeError('a number of the module is too long');
}

function writeNumber(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) | 0x80);
  }
}
