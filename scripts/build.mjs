// Builds dist/: JavaScript from TypeScript, and the validators of all kinds, so that a run compiles none.
// With --if-stale only when a source is newer than the build.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';

const MAIN = 'dist/src/main.js';
const SOURCES = ['src', 'tasks', 'package.json', 'tsconfig.build.json', 'scripts/build.mjs'];

const run = (...argv) => execFileSync(process.execPath, argv, { stdio: 'inherit' });

function isFresh() {
  if (!existsSync(MAIN)) return false;
  const times = execFileSync('find', [...SOURCES, '-type', 'f', '-printf', '%T@\\n']);
  return statSync(MAIN).mtimeMs / 1000 > Math.max(...times.toString().trim().split('\n').map(Number));
}

if (!process.argv.includes('--if-stale') || !isFresh()) {
  console.error('Building …');
  // Beside the old build, which stays in use if this one fails.
  rmSync('dist.new', { recursive: true, force: true });
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noEmitOnError', '--outDir', 'dist.new');
  chmodSync('dist.new/src/main.js', 0o755);
  rmSync('dist', { recursive: true, force: true });
  renameSync('dist.new', 'dist');
  run('dist/src/schemas.js', '--validators');
}
