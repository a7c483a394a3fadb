/** A filter over plain data. A `TypeError` says what is wrong with its input. */
export interface Filter {
  /** Names of the arguments that may be given by name. */
  readonly options?: readonly string[];
  /** What it throws besides a `TypeError` is told as it is. */
  readonly passes?: boolean;
  apply(value: unknown, args: readonly unknown[], options: Readonly<Record<string, unknown>>): unknown;
}

/** A filter was asked for a part that is not there. */
export class MissingPart extends TypeError {}

export type Mapping = Readonly<Record<string, unknown>>;

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a value is, for messages. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

export function textOf(value: unknown, what = 'the value'): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new TypeError(`${what} is ${typeName(value)}, not a text`);
}

export function listOf(value: unknown, what = 'the value'): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${what} is ${typeName(value)}, not a list`);
}

export function mappingOf(value: unknown, what = 'the value'): Mapping {
  if (isMapping(value)) return value;
  throw new TypeError(`${what} is ${typeName(value)}, not a mapping`);
}

export function integerOf(value: unknown, what = 'the value'): number {
  const number = typeof value === 'string' && /^[-+]?[0-9]+$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new TypeError(`${what} is ${typeof value === 'string' ? `"${value}"` : typeName(value)}, not a whole number`);
}

/** Whether the last argument is what was given by name. */
export const isOptions = (value: unknown, names: readonly string[]): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length > 0 &&
  Object.keys(value).every((name) => names.includes(name));
