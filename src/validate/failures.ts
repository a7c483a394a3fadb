import type { Schema } from '../infer.ts';
import type { Path } from '../source.ts';
import type { ErrorObject } from './ajv.ts';
import { valueAt } from './values.ts';

/** One thing that a schema says against a value. */
export interface Failure {
  /** The schema's keyword. `anyOf` means: of the right type for `options`, but fits none of them. */
  readonly keyword: string;
  readonly path: Path;
  /** The schema that holds the keyword. */
  readonly schema: Schema;
  readonly params: Readonly<Record<string, unknown>>;
  /** For `anyOf`: what could have stood there. */
  readonly options?: readonly Schema[];
}

interface Raw extends Failure {
  readonly schemaPath: string;
  readonly instancePath: string;
}

/** Keywords about a whole object; the others are about one value and only the first of them in this order is told. */
const OF_OBJECTS = new Set(['required', 'additionalProperties', 'propertyNames']);
const ORDER = ['type', 'anyOf', 'enum', 'const', 'minLength', 'maxLength', 'format', 'pattern'];

/**
 * The validator's errors, at most one for each value: where alternatives were allowed, what the nearest of them says.
 * Failures of values that are `pending` are left out, and with them the alternatives that failed for nothing else.
 */
export function failuresOf(
  errors: readonly ErrorObject[],
  schema: Schema,
  value: unknown,
  pending: (value: unknown, path: Path) => boolean,
): Failure[] {
  // What is wrong with a key's name comes twice: by itself, and as `propertyNames`.
  const once = errors.filter(({ propertyName }) => propertyName === undefined);
  const raw = once.map((error): Raw => {
    const path = pathOf(error.instancePath, value);
    return {
      keyword: error.keyword,
      path,
      schema: schemaAt(schema, error.schemaPath),
      params: error.params as Record<string, unknown>,
      schemaPath: error.schemaPath,
      instancePath: error.instancePath,
    };
  });
  return settle(
    raw.filter(({ path, keyword, params }) => !concernsPending(path, keyword, params)),
    value,
  );

  function concernsPending(path: Path, keyword: string, params: Raw['params']): boolean {
    const paths =
      keyword === 'uniqueItems'
        ? [
            [...path, params.i as number],
            [...path, params.j as number],
          ]
        : [path];
    return paths.some((one) => pending(valueAt(value, one), one));
  }
}

function settle(raw: readonly Raw[], value: unknown): Failure[] {
  const unions = raw.filter(({ keyword }) => keyword === 'anyOf');
  const outer = unions.filter((union) => !unions.some((other) => isWithin(union, other)));
  const alone = raw.filter(
    (failure) => failure.keyword !== 'anyOf' && !unions.some((union) => isWithin(failure, union)),
  );
  const chosen = outer.flatMap((union) =>
    nearestBranch(
      union,
      raw.filter((failure) => isWithin(failure, union)),
      value,
    ),
  );
  return onePerValue([...alone, ...chosen]);
}

const isWithin = (failure: Raw, union: Raw): boolean =>
  failure.schemaPath.startsWith(`${union.schemaPath}/`) &&
  (failure.instancePath === union.instancePath || failure.instancePath.startsWith(`${union.instancePath}/`));

function nearestBranch(union: Raw, inside: readonly Raw[], value: unknown): Failure[] {
  const schemas = union.schema.anyOf!;
  const found = valueAt(value, union.path);
  const branches = schemas.map((schema, index) => {
    const prefix = `${union.schemaPath}/${index}/`;
    return {
      schema,
      failures: settle(
        inside.filter(({ schemaPath }) => schemaPath.startsWith(prefix)),
        value,
      ),
    };
  });
  // Nothing left of a branch: only pending values stood against it.
  if (branches.some(({ failures }) => failures.length === 0)) return [];
  const isHere = ({ path }: Failure): boolean => path.length === union.path.length;
  const fitting = branches.filter(({ failures }) => !failures.some((one) => isHere(one) && isOfOtherType(one, found)));
  if (fitting.length === 0) return [{ ...union, keyword: 'type' }];
  if (fitting.length > 1 && fitting.every(({ failures }) => failures.every(isHere))) {
    return [{ ...union, options: fitting.map(({ schema }) => schema) }];
  }
  return fitting.toSorted((a, b) => a.failures.length - b.failures.length)[0]!.failures;
}

const isOfOtherType = ({ keyword, schema }: Failure, found: unknown): boolean => {
  if (keyword === 'const') return typeof schema.const !== typeof found;
  if (keyword === 'enum') return !schema.enum!.some((one) => typeof one === typeof found);
  return keyword === 'type';
};

function onePerValue(failures: readonly Failure[]): Failure[] {
  const rank = ({ keyword }: Failure): number => (ORDER.indexOf(keyword) + ORDER.length + 1) % (ORDER.length + 1);
  const first = new Map<string, Failure>();
  for (const failure of failures) {
    const key = failure.path.join('\u0000');
    const other = first.get(key);
    if (!OF_OBJECTS.has(failure.keyword) && (!other || rank(failure) < rank(other))) first.set(key, failure);
  }
  const told = new Set(first.values());
  return failures.filter((failure) => OF_OBJECTS.has(failure.keyword) || told.has(failure));
}

const unescape = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

/** A JSON pointer into the value; list indexes as numbers. */
function pathOf(pointer: string, value: unknown): Path {
  const path: (string | number)[] = [];
  let found = value;
  for (const step of pointer.split('/').slice(1).map(unescape)) {
    const key = Array.isArray(found) ? Number(step) : step;
    path.push(key);
    found = valueAt(found, [key]);
  }
  return path;
}

/** The schema around the keyword that a pointer such as `#/properties/mtu/minimum` leads to. */
function schemaAt(root: Schema, pointer: string): Schema {
  const steps = pointer
    .split('/')
    .slice(1, -1)
    .map((step) => unescape(decodeURIComponent(step)));
  return valueAt(root, steps) as Schema;
}
