/** A JSON schema as kinds write it; `as const` is implied by `defineTask`. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly anyOf?: readonly Schema[];
}

type Scalar<T> = T extends 'string'
  ? string
  : T extends 'integer' | 'number'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends 'null'
        ? null
        : unknown;

/** A property with a default is always there once a task is typed. */
type Present<S> = {
  [K in keyof S]: S[K] extends { readonly default: unknown } ? K : never;
}[keyof S];

type ObjectOf<S extends Schema> = S extends { readonly properties: infer P }
  ? (S extends { readonly required: readonly (infer R)[] } ? R : never) extends infer Required
    ? { readonly [K in keyof P as K extends Required | Present<P> ? K : never]: Infer<P[K]> } & {
        readonly [K in keyof P as K extends Required | Present<P> ? never : K]?: Infer<P[K]> | undefined;
      }
    : never
  : S extends { readonly additionalProperties: infer V }
    ? { readonly [key: string]: Infer<V> }
    : Readonly<Record<string, unknown>>;

/** The TypeScript type of the values that a schema accepts, defaults filled in. */
export type Infer<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly anyOf: readonly (infer A)[] }
      ? A extends unknown
        ? Infer<A>
        : never
      : S extends { readonly type: 'object' }
        ? S extends Schema
          ? ObjectOf<S>
          : never
        : S extends { readonly type: 'array' }
          ? S extends { readonly items: infer I }
            ? readonly Infer<I>[]
            : readonly unknown[]
          : S extends { readonly type: infer T }
            ? Scalar<T extends readonly (infer U)[] ? U : T>
            : unknown;
