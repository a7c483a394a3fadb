/**
 * What the JSON of a program on a host has to be, as far as it is read. A key with `?` at its end may be missing; `*`
 * stands for every key; null is missing too, as Go prints what is empty; other keys may be anything.
 */
export type Shape =
  'text' | 'count' | 'integer' | 'flag' | 'any' | readonly [Shape] | { readonly [key: string]: Shape };

/** The type of what has a shape. */
export type Shaped<S> = S extends 'text'
  ? string
  : S extends 'count' | 'integer'
    ? number
    : S extends 'flag'
      ? boolean
      : S extends 'any'
        ? unknown
        : S extends readonly [infer I]
          ? Shaped<I>[]
          : S extends { readonly '*': infer V }
            ? Record<string, Shaped<V>>
            : { [K in keyof S as K extends `${string}?` ? never : K]: Shaped<S[K]> } & {
                [K in keyof S as K extends `${infer N}?` ? N : never]?: Shaped<S[K]>;
              };

const IS: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  // Larger numbers are none that a kernel has of anything that is read.
  count: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  integer: Number.isSafeInteger,
  flag: (value) => typeof value === 'boolean',
  any: () => true,
};

/** Throws what is wrong; a host may print anything. */
function check(value: unknown, shape: Shape, what: string): void {
  if (typeof shape === 'string') {
    if (!IS[shape]!(value)) throw wrong(what, shape, value);
  } else if (isList(shape)) {
    if (!Array.isArray(value)) throw wrong(what, 'list', value);
    // `ip` prints an empty mapping for each thing that it leaves out.
    const [inner] = shape;
    const leavesOut = typeof inner === 'object' && !isList(inner);
    for (const one of value as unknown[]) if (!leavesOut || !isEmpty(one)) check(one, inner, `${what}[]`);
  } else {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what, 'mapping', value);
    const map = value as Record<string, unknown>;
    for (const [key, inner] of Object.entries(shape)) {
      if (key === '*') for (const [name, one] of Object.entries(map)) check(one, inner, `${what}.${name}`);
      else {
        const name = key.replace(/\?$/, '');
        const isThere = Object.hasOwn(map, name) && map[name] !== undefined && map[name] !== null;
        if (isThere) check(map[name], inner, `${what}.${name}`);
        else if (name === key) throw wrong(`${what}.${name}`, '', undefined);
        else Reflect.deleteProperty(map, name);
      }
    }
  }
}

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;

const wrong = (what: string, wanted: string, value: unknown): TypeError =>
  new TypeError(
    value === undefined ? `${what} is missing` : `${what} is no ${wanted}: ${JSON.stringify(value).slice(0, 40)}`,
  );

/** Reads JSON of this shape; `fallback` stands for no text at all. */
export const readShaped = <const S extends Shape>(text: string, shape: S, fallback = ''): Shaped<S> =>
  shaped(JSON.parse(text.trim() === '' ? fallback : text), shape);

/** The same value, of which it is known now that it has this shape. */
export function shaped<const S extends Shape>(value: unknown, shape: S): Shaped<S> {
  check(value, shape, 'it');
  return value as Shaped<S>;
}
