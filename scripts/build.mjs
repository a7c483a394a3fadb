// Builds dist/: the program and its packages in one file that is compiled already, and the validators of all kinds, so that
// a run compiles nothing. Types are checked by `npm test`.
// With --if-stale only when a source is newer than the build.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

const MAIN = 'dist/src/main.js';
const SOURCES = ['src', 'tasks', 'package.json', 'tsconfig.json', 'scripts/build.mjs', 'scripts/compiled.cjs'];

function isFresh() {
  if (!existsSync(MAIN)) return false;
  const times = execFileSync('find', [...SOURCES, '-type', 'f', '-printf', '%T@\\n']);
  return statSync(MAIN).mtimeMs / 1000 > Math.max(...times.toString().trim().split('\n').map(Number));
}

if (!process.argv.includes('--if-stale') || !isFresh()) {
  console.error('Building …');
  const { build } = await import('esbuild');
  // Beside the old build, which stays in use if this one fails.
  rmSync('dist.new', { recursive: true, force: true });
  const options = { bundle: true, platform: 'node', target: 'node20.19', logLevel: 'warning' };
  // Of one's own beside it, by the name that it has there.
  const apart = (name) => ({
    name,
    setup({ onResolve }) {
      const isIt = new RegExp(`/${name}\\.ts$`);
      onResolve({ filter: isIt }, ({ kind }) =>
        kind === 'entry-point' ? undefined : { path: `./${name}.js`, external: true },
      );
    },
  });
  // Node starts a CommonJS program 8 ms sooner.
  const commonJs = {
    ...options,
    format: 'cjs',
    define: { 'import.meta.url': 'META_URL' },
    banner: { js: "const META_URL = require('node:url').pathToFileURL(__filename).href;" },
    // minijinja-js reads its WebAssembly from beside itself; tsx is loaded only for TypeScript of the user's.
    external: ['minijinja-js', 'tsx'],
  };
  await build({
    ...commonJs,
    entryPoints: ['src/main.ts', 'src/netwright-playbook.ts'],
    outdir: 'dist.new/src',
    supported: { 'dynamic-import': false },
    plugins: [apart('cli')],
  });
  await build({ ...commonJs, entryPoints: ['src/cli/user-module.ts'], outdir: 'dist.new/src' });
  await build({
    ...commonJs,
    entryPoints: ['src/cli.ts'],
    outfile: 'dist.new/src/program.cjs',
    plugins: [apart('user-module')],
  });
  await build({
    ...options,
    entryPoints: ['src/schemas.ts', 'src/user.ts'],
    outdir: 'dist.new/src',
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    packages: 'external',
  });
  writeFileSync('dist.new/src/package.json', '{ "type": "commonjs" }\n');
  cpSync('scripts/compiled.cjs', 'dist.new/src/cli.js');
  execFileSync(process.execPath, ['dist.new/src/schemas.mjs', '--validators', 'dist.new/validators'], {
    stdio: 'inherit',
  });
  rmSync('dist', { recursive: true, force: true });
  renameSync('dist.new', 'dist');
  // In its place, which is written into what is compiled.
  (await import('../dist/src/cli.js')).compileAhead();
}
