// Becomes dist/src/cli.js: the whole program, as V8 compiled it when it was built. Another V8 refuses that and compiles
// the text, which takes 60 ms longer.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { constants, Script } from 'node:vm';

const file = fileURLToPath(new URL('program.cjs', import.meta.url));
const compiled = fileURLToPath(new URL('program.v8', import.meta.url));

/** A module as `require` wraps it. The text is ASCII. */
const scriptOf = (cachedData) =>
  new Script(`(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`, {
    filename: file,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });

function read() {
  try {
    return readFileSync(compiled);
  } catch {
    return undefined;
  }
}

/** Every function, also those that are not called at once. */
export function compileAhead() {
  setFlagsFromString('--no-lazy');
  const script = scriptOf();
  setFlagsFromString('--lazy');
  writeFileSync(compiled, script.createCachedData());
  if (scriptOf(read()).cachedDataRejected) throw new Error('V8 refuses what it has just compiled');
}

export function main(argv) {
  const module = { exports: {} };
  scriptOf(read()).runInThisContext()(module.exports, createRequire(file), module, file, dirname(file));
  return module.exports.main(argv);
}
