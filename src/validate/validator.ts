import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { NetwrightError } from '../error.ts';
import type { Schema } from '../infer.ts';
import { compile, fingerprint, formatChecks, type Precompiled, type Validate } from './ajv.ts';
import type { Shape } from './shape.ts';

/** Of the built code, which is in dist/src/; there is none of the sources. */
const FOLDER = new URL('../validators/', import.meta.url);
const load = createRequire(import.meta.url);
const known = new WeakMap<Schema, Validate>();

/** The validator of a shape: the precompiled one if the build made one of this very schema, else compiled now. */
export function validatorOf(shape: Shape): Validate {
  let validate = known.get(shape.schema);
  if (!validate) {
    validate = precompiled(shape) ?? compiled(shape);
    known.set(shape.schema, validate);
  }
  return validate;
}

export const validatorFile = (label: string): string => `${label}.cjs`;

function precompiled({ label, schema }: Shape): Validate | undefined {
  if (!/^[a-z][a-z0-9_-]*$/.test(label)) return undefined;
  const file = fileURLToPath(new URL(validatorFile(label), FOLDER));
  if (!existsSync(file)) return undefined;
  const found = load(file) as Precompiled;
  return found.fingerprint === fingerprint(schema) ? found.create(formatChecks) : undefined;
}

function compiled({ label, schema }: Shape): Validate {
  try {
    return compile(schema);
  } catch (error) {
    const message = `${label}: the schema of this kind is wrong: ${error instanceof Error ? error.message : String(error)}`;
    throw new NetwrightError({ code: 'BAD_SCHEMA', message }, undefined, error);
  }
}
