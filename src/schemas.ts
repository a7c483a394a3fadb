import { parseArgs } from 'node:util';
import { kinds } from '../tasks/index.ts';
import { schemaFiles, staleFiles, writeFiles } from './schemas/files.ts';
import { isReadmeStale, writeReadme } from './schemas/readme.ts';
import { writeValidators } from './schemas/validators.ts';

// A program of the build, run where package.json is. Without options it writes schemas/, which editors use,
// and the table of kinds in README.md;
// with --check it only tells whether that is necessary; with --validators FOLDER it writes those there.
const { values } = parseArgs({ options: { check: { type: 'boolean' }, validators: { type: 'string' } } });
const wanted = schemaFiles(kinds);

if (values.validators !== undefined) {
  await writeValidators(values.validators, kinds);
} else if (values.check) {
  const stale = [...staleFiles('schemas', wanted), ...(isReadmeStale(kinds) ? ['README.md'] : [])];
  if (stale.length > 0) {
    process.stderr.write(`stale: ${stale.join(', ')}; run "npm run schemas"\n`);
    process.exitCode = 1;
  }
} else {
  writeFiles('schemas', wanted);
  writeReadme(kinds);
}
