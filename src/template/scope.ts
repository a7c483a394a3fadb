type Options = Readonly<Record<string, unknown>>;

/** The variables that a template may use; each is looked up only when a template uses it. */
export interface Scope {
  /**
   * The value of a variable, `undefined` if there is none. It may throw: what its own template lacks, or that it is
   * not known yet. Values are taken to be immutable.
   */
  get(name: string): unknown;
  /** Every name that there is, for "did you mean". */
  names(): readonly string[];
  /** What `lookup` and `query` find, nothing where its mistake is to be passed over; without it there are none. */
  lookup?(name: string, terms: readonly unknown[], options: Options): readonly unknown[] | undefined;
  /** What is at a path of this machine; without it, that cannot be asked. */
  about?(path: string): AtPath;
}

/** Of a link, what it leads to, and that it is one. */
export interface AtPath {
  readonly is: 'file' | 'directory' | 'other' | 'nothing';
  readonly isLink: boolean;
}

/** A mapping whose values are made only when a template names them (`hostvars`). */
export class LazyMapping {
  readonly keys: readonly string[];
  readonly #get: (key: string) => unknown;
  readonly #whole: () => object;

  /** `whole` is asked when a template uses the mapping as such; `get` answers `undefined` for what is not there. */
  constructor(keys: readonly string[], get: (key: string) => unknown, whole: () => object) {
    this.keys = keys;
    this.#get = get;
    this.#whole = whole;
  }

  get(key: string): unknown {
    return this.#get(key);
  }

  whole(): object {
    return this.#whole();
  }
}

/** A scope of plain values. */
export const scopeOf = (values: Readonly<Record<string, unknown>>): Scope => ({
  get: (name) => (Object.hasOwn(values, name) ? values[name] : undefined),
  names: () => Object.keys(values),
});
