/** Sections of a WebAssembly module: https://webassembly.github.io/spec/core/binary/modules.html#memory-section */
const MEMORY_SECTION = 5;
const PAGE_BYTES = 64 * 1024;

// TypeScript knows it from browsers only.
const { WebAssembly } = globalThis as unknown as { WebAssembly: { Module: new (binary: Uint8Array) => object } };

/** What `load` compiles in WebAssembly can have so much memory at most; its own word would be up to 4 GiB. */
export function withMemory<T>(bytes: number, load: () => T): T {
  const { Module } = WebAssembly;
  WebAssembly.Module = class extends Module {
    constructor(binary: Uint8Array) {
      super(bounded(binary, bytes / PAGE_BYTES));
    }
  };
  try {
    return load();
  } finally {
    WebAssembly.Module = Module;
  }
}

/** The module with an upper limit for its memory, which it does not state itself. */
function bounded(binary: Uint8Array, pages: number): Uint8Array {
  // After the magic number and the version, sections: a number, the length of what follows, and that.
  for (let at = 8; at < binary.length;) {
    const [length, start] = readNumber(binary, at + 1);
    const end = start + length;
    if (binary[at] !== MEMORY_SECTION) {
      at = end;
      continue;
    }
    const [count, hasMaximum] = binary.subarray(start);
    if (count !== 1 || hasMaximum !== 0) break;
    const limits = [1, 1, ...binary.subarray(start + 2, end), ...writtenNumber(pages)];
    return Buffer.concat([
      binary.subarray(0, at),
      Buffer.of(MEMORY_SECTION, limits.length, ...limits),
      binary.subarray(end),
    ]);
  }
  throw new Error('this WebAssembly states its memory in a way that is not known');
}

/** A number of seven bits in each byte, the lowest first, and where it ends. */
function readNumber(binary: Uint8Array, at: number): [number, number] {
  for (let number = 0, shift = 0; ; shift += 7) {
    const byte = binary[at++]!;
    number |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [number, at];
  }
}

const writtenNumber = (number: number): number[] =>
  number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...writtenNumber(number >>> 7)];
