// Becomes dist/src/cli.js: the whole program, as V8 compiled it when it was built. Another V8 refuses that and compiles
// the text, which takes 60 ms longer.
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

const file = join(__dirname, 'program.cjs');
const compiled = join(__dirname, 'program.v8');

/** A module as `require` wraps it; `import()` does not work in there. The text is ASCII. */
const scriptOf = (cachedData) =>
  new Script(`(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'latin1')}\n})`, {
    filename: file,
    cachedData,
  });

function read() {
  try {
    return readFileSync(compiled);
  } catch {
    return undefined;
  }
}

/** Every function, also those that are not called at once. */
exports.compileAhead = () => {
  setFlagsFromString('--no-lazy');
  const script = scriptOf();
  setFlagsFromString('--lazy');
  writeFileSync(compiled, script.createCachedData());
  if (scriptOf(read()).cachedDataRejected) throw new Error('V8 refuses what it has just compiled');
};

exports.main = (argv) => {
  const program = { exports: {} };
  scriptOf(read()).runInThisContext()(program.exports, require, program, file, __dirname);
  return program.exports.main(argv);
};
