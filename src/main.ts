#!/usr/bin/env node
import { VERSION } from './version.ts';

// Asked often (scripts, completion), so answered before anything else is loaded.
if (process.argv.length === 3 && ['--version', '-V'].includes(process.argv[2]!)) {
  process.stdout.write(`${VERSION}\n`);
} else {
  void import('./cli.ts')
    .then(({ main }) => main(process.argv.slice(2)))
    .then((code) => {
      process.exitCode = code;
    });
}
