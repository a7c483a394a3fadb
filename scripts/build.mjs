// Builds dist/: JavaScript from TypeScript, and the validators of all kinds, so that a run compiles none.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';

const run = (...argv) => execFileSync(process.execPath, argv, { stdio: 'inherit' });

rmSync('dist', { recursive: true, force: true });
run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json');
if (existsSync('dist/src/schemas.js')) run('dist/src/schemas.js', '--validators');
chmodSync('dist/src/main.js', 0o755);
