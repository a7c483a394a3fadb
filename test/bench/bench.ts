// How fast it is, as ratios within one run: absolute times say nothing on a machine that does other things too.
// Root only, as the hosts are real ones. With --only NAME one part of it.
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ROOT } from '../net/netwright.ts';
import { fleet } from './fleet.ts';
import { many } from './many.ts';
import { table, type Row } from './measure.ts';
import { startUp } from './start-up.ts';

const PARTS: Readonly<Record<string, () => Promise<Row[]>>> = { 'start-up': startUp, fleet, many };

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const names = values.only === undefined ? Object.keys(PARTS) : [values.only];
if (!names.every((name) => Object.hasOwn(PARTS, name))) {
  process.stderr.write(`--only ${Object.keys(PARTS).join(' | ')}\n`);
  process.exit(4);
}
execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], { cwd: ROOT, stdio: 'inherit' });
for (const name of names) {
  process.stderr.write(`Measuring ${name} …\n`);
  // As soon as they are there: what comes later may fail.
  process.stdout.write(`${table(await PARTS[name]!())}\n\n`);
}
