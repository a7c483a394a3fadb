// Builds dist/: the program and its packages in few files, which start twice as fast as many, and the validators of all
// kinds, so that a run compiles none. Types are checked by `npm test`.
// With --if-stale only when a source is newer than the build.
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';

const MAIN = 'dist/src/main.js';
const REQUIRE =
  "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";
const SOURCES = ['src', 'tasks', 'package.json', 'tsconfig.json', 'scripts/build.mjs'];

function isFresh() {
  if (!existsSync(MAIN)) return false;
  const times = execFileSync('find', [...SOURCES, '-type', 'f', '-printf', '%T@\\n']);
  return statSync(MAIN).mtimeMs / 1000 > Math.max(...times.toString().trim().split('\n').map(Number));
}

if (!process.argv.includes('--if-stale') || !isFresh()) {
  console.error('Building …');
  const { buildSync } = await import('esbuild');
  // Beside the old build, which stays in use if this one fails.
  rmSync('dist.new', { recursive: true, force: true });
  const options = {
    outdir: 'dist.new/src',
    bundle: true,
    // What is imported only when needed stays a file of its own.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'warning',
  };
  // tsx is loaded only for TypeScript of the user's, and brings esbuild.
  // minijinja-js reads its WebAssembly from beside itself; packages that are CommonJS want `require`.
  buildSync({
    ...options,
    entryPoints: ['src/main.ts', 'src/netwright-playbook.ts', 'src/user.ts'],
    external: ['minijinja-js', 'tsx'],
    banner: { js: REQUIRE },
  });
  buildSync({ ...options, entryPoints: ['src/schemas.ts'], packages: 'external' });
  execFileSync(process.execPath, ['dist.new/src/schemas.js', '--validators', 'dist.new/validators'], {
    stdio: 'inherit',
  });
  rmSync('dist', { recursive: true, force: true });
  renameSync('dist.new', 'dist');
}
