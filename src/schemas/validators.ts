import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { playShape, taskShape } from '../playbook.ts';
import type { Kind } from '../task.ts';
import { precompile, shapeOf, validatorFile } from '../validate.ts';

/** Writes a validator of each kind, and of plays and tasks, that needs no ajv when it runs. */
export async function writeValidators(folder: string, kinds: readonly Kind[]): Promise<void> {
  const { buildSync } = await import('esbuild');
  mkdirSync(folder, { recursive: true });
  for (const { label, schema } of [...kinds.map(shapeOf), playShape, taskShape]) {
    // What the validators still require is a few lines of ajv's runtime.
    const stdin = { contents: precompile(schema), resolveDir: process.cwd(), sourcefile: label };
    const { outputFiles } = buildSync({
      stdin,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      minify: true,
      write: false,
    });
    writeFileSync(join(folder, validatorFile(label)), outputFiles[0]!.contents);
  }
}
