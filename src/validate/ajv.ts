import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as ajvModule from 'ajv';
import type { Ajv, ErrorObject, Options } from 'ajv';
import type standaloneModule from 'ajv/dist/standalone/index.js';
import type { Schema } from '../infer.ts';
import { formats } from './formats.ts';

/** A compiled schema: fills in defaults, and leaves its errors behind. */
export interface Validate {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

export type { ErrorObject };

export type FormatChecks = Readonly<Record<string, (text: string) => boolean>>;

/** What a precompiled validator's file exports. */
export interface Precompiled {
  readonly fingerprint: string;
  readonly create: (formats: FormatChecks) => Validate;
}

export const formatChecks: FormatChecks = Object.fromEntries(
  Object.entries(formats).map(([name, { fits }]) => [name, fits]),
);

/** A precompiled validator is only used for exactly the schema that it was made from. */
export const fingerprint = (schema: Schema): string =>
  createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 32);

// Loaded only where a schema has no precompiled validator: importing and compiling cost a quarter of a second.
const load = createRequire(import.meta.url);

const OPTIONS: Options = {
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  strictRequired: false,
  useDefaults: true,
  coerceTypes: false,
  formats: formatChecks,
};

const create = (options: Options): Ajv => {
  const ajv = load('ajv') as typeof ajvModule;
  return new ajv.Ajv(options);
};

/** Throws an Error that says what is wrong with the schema itself. */
export const compile = (schema: Schema): Validate => create(OPTIONS).compile(schema) as Validate;

/** The source of a CommonJS module that exports a `Precompiled`; it still requires parts of ajv's runtime. */
export function precompile(schema: Schema): string {
  const { _ } = load('ajv') as typeof ajvModule;
  const { default: standalone } = load('ajv/dist/standalone') as typeof standaloneModule;
  const ajv = create({ ...OPTIONS, code: { source: true, lines: true, formats: _`formats` } });
  const body = standalone(ajv, ajv.compile(schema));
  return [
    `exports.fingerprint = ${JSON.stringify(fingerprint(schema))};`,
    'exports.create = (formats) => {',
    'const module = { exports: {} };',
    body.replace(/^"use strict";/, ''),
    'return module.exports;',
    '};',
    '',
  ].join('\n');
}
