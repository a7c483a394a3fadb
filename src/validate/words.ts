import { suggestion, type Place } from '../error.ts';
import type { Schema } from '../infer.ts';
import { allowedValues, expected } from './expected.ts';
import type { Failure } from './failures.ts';
import type { Misfit } from './format.ts';
import { formats } from './formats.ts';
import { typeHint } from './type-hint.ts';
import { describe, quote } from './values.ts';

/** What is wrong with one value; the message follows the option's name. */
export interface Words {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** `place` is where the value stands, for hints about how it is written. */
export function wordsOf({ keyword, schema, options = [] }: Failure, found: unknown, place: Place): Words {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, minProperties, maxProperties } = schema;
  switch (keyword) {
    case 'type': {
      const message = `must be ${expected(schema)}, found ${describe(found)}`;
      return { code: 'WRONG_TYPE', message, hint: typeHint(schema, found, place) };
    }
    case 'enum':
    case 'const':
      return notAllowed([schema], found);
    case 'format':
      return misfit([schema], found);
    case 'anyOf':
      return options.every((option) => allowedValues(option).length > 0)
        ? notAllowed(options, found)
        : misfit(options, found);
    case 'minimum':
    case 'maximum':
      return { code: 'OUT_OF_RANGE', message: `must be ${range(minimum, maximum)}, found ${quote(found)}` };
    case 'minLength':
    case 'maxLength':
      return found === '' && minLength === 1
        ? { code: 'BAD_FORMAT', message: 'must not be empty' }
        : { code: 'OUT_OF_RANGE', message: count(minLength, maxLength, 'character', Array.from(String(found)).length) };
    case 'pattern': {
      const [example] = schema.examples ?? [];
      const hint = example === undefined ? `it must match ${schema.pattern}` : `for example ${quote(example)}`;
      return { code: 'BAD_FORMAT', message: `${quote(found)} is not possible here`, hint };
    }
    case 'minItems':
      return { code: 'TOO_FEW', message: count(minItems, maxItems, 'item', sizeOf(found)) };
    case 'maxItems':
      return { code: 'TOO_MANY', message: count(minItems, maxItems, 'item', sizeOf(found)) };
    case 'minProperties':
      return { code: 'TOO_FEW', message: count(minProperties, maxProperties, 'key', sizeOf(found)) };
    case 'maxProperties':
      return { code: 'TOO_MANY', message: count(minProperties, maxProperties, 'key', sizeOf(found)) };
    default:
      throw new TypeError(`no words for the schema keyword ${keyword}`);
  }
}

function notAllowed(schemas: readonly Schema[], found: unknown): Words {
  const message = `must be ${expected(...schemas)}, found ${quote(found)}`;
  return { code: 'NOT_ALLOWED', message, hint: nearAllowed(schemas, found) };
}

/** The first format that knows what is wrong speaks; else all say together what they want. */
function misfit(schemas: readonly Schema[], found: unknown): Words {
  const explained = schemas.flatMap(({ format }) => {
    const known: Misfit | undefined = formats[format ?? '']?.explain?.(String(found));
    return known ? [known] : [];
  });
  const sure = explained.find(({ code }) => code !== 'BAD_FORMAT') ?? explained[0];
  return {
    code: sure?.code ?? 'BAD_FORMAT',
    message: sure?.why ?? `must be ${expected(...schemas)}, found ${quote(found)}`,
    hint: nearAllowed(schemas, found) ?? sure?.hint,
  };
}

const nearAllowed = (schemas: readonly Schema[], found: unknown): string | undefined =>
  typeof found === 'string' ? suggestion(found, allowedValues(...schemas).map(String)) : undefined;

function range(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return min === max ? String(min) : `between ${min} and ${max}`;
  return min === undefined ? `at most ${max}` : `at least ${min}`;
}

const count = (min: number | undefined, max: number | undefined, thing: string, found: number): string =>
  `must have ${range(min, max)} ${thing}${(max ?? min) === 1 ? '' : 's'}, found ${found === 0 ? 'none' : found}`;

const sizeOf = (found: unknown): number => Object.keys(found as object).length;
