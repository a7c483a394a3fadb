import { createRequire } from 'node:module';
import type { Environment } from 'minijinja-js';
import { FILTERS, type Filter } from './filters.ts';
import { explain, FilterFault, isPanic, located } from './explain.ts';
import { TemplateFault, UNDEFINED_VARIABLE } from './fault.ts';
import { FAIL, RESULT, TEXT, type Program } from './program.ts';
import { PICK } from './reference.ts';
import { TESTS } from './tests.ts';
import { KeyOrders, printed } from './value.ts';

/** Steps of the engine in one rendering; 5 million take about a quarter of a second. */
const FUEL = 5_000_000;
/** Compiled sources that are kept. */
const MAX_SOURCES = 5000;

/** The values that a program's source uses, by their names in it, and what happens to the ones that must not be used. */
export interface Values {
  readonly given: Readonly<Record<string, unknown>>;
  fail(reference: number): unknown;
}

const require = createRequire(import.meta.url);

/**
 * The only place that knows minijinja-js (2.11). Loaded when first needed, because it costs 20 ms. Not reentrant: all
 * variables are looked up before it runs. What its version lacks is made up for here and in `program.ts`:
 * - a JavaScript function that throws kills the environment, so none does: the first error is kept and thrown after;
 * - a panic leaves the module in an unknown state, so it is loaded anew.
 */
export class Engine {
  readonly orders = new KeyOrders();
  #environment: Environment | undefined;
  readonly #sources = new Set<string>();
  /** Values that the environment holds already, and those that were given last time. */
  readonly #globals = new Map<string, unknown>();
  readonly #last = new Map<string, unknown>();

  #values: Values | undefined;
  #errors: unknown[] = [];
  #result: unknown;

  /** Renders a program; `name` stands for its source. A native one answers its value, any other a text. */
  run(program: Program, name: string, source: () => string, values: Values): unknown {
    this.#values = values;
    this.#errors = [];
    this.#result = undefined;
    try {
      const environment = (this.#environment ??= this.#load());
      const text = silently(() => {
        if (!this.#sources.has(name)) this.#add(environment, name, source());
        return environment.renderTemplate(name, this.#context(environment, values.given));
      });
      if (this.#errors.length === 0) return program.native ? this.#result : text;
    } catch (error) {
      if (isPanic(error)) this.#reset();
      this.#errors.push(explain(error, program));
    } finally {
      this.#values = undefined;
    }
    throw located(this.#errors[0], program);
  }

  #add(environment: Environment, name: string, source: string): void {
    if (this.#sources.size >= MAX_SOURCES) {
      environment.clearTemplates();
      this.#sources.clear();
    }
    environment.addTemplate(name, source);
    this.#sources.add(name);
  }

  /**
   * Handing in an inventory of 200 hosts costs more than rendering; so what comes a second time becomes a global of
   * the environment, which costs nothing from then on.
   */
  #context(environment: Environment, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const context: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(given)) {
      if (typeof value !== 'object' || value === null) {
        context[name] = value;
        continue;
      }
      if (this.#globals.get(name) === value) continue;
      this.orders.remember(value);
      if (this.#last.get(name) === value) {
        environment.addGlobal(name, value);
        this.#globals.set(name, value);
      } else {
        context[name] = value;
        this.#last.set(name, value);
      }
    }
    return context;
  }

  #load(): Environment {
    const { Environment } = require('minijinja-js') as { readonly Environment: new () => Environment };
    const environment = new Environment();
    environment.enablePyCompat();
    environment.undefinedBehavior = 'strict';
    // As Ansible's.
    environment.trimBlocks = true;
    environment.keepTrailingNewline = true;
    environment.fuel = FUEL;
    environment.removeGlobal('debug');
    for (const [name, filter] of Object.entries(FILTERS)) {
      environment.addFilter(name, (...args: unknown[]) => this.#call(name, filter, args));
    }
    for (const [name, test] of Object.entries(TESTS)) {
      environment.addTest(name, (...args: unknown[]) => this.#call(name, test, args) === true);
    }
    environment.addGlobal(FAIL, (reference: number) => this.#guard(() => this.#values!.fail(reference)));
    environment.addGlobal(TEXT, (isUndefined: boolean, value: unknown) =>
      this.#guard(() => printed(this.#defined(isUndefined, value))),
    );
    environment.addGlobal(RESULT, (isUndefined: boolean, value: unknown) =>
      this.#guard(() => {
        this.#result = this.#defined(isUndefined, value);
        return '';
      }),
    );
    return environment;
  }

  #defined(isUndefined: boolean, value: unknown): unknown {
    if (!isUndefined) return this.orders.fromEngine(value);
    throw new TemplateFault(UNDEFINED_VARIABLE, 'the expression has no value', {
      hint: 'an empty list has no first item, and "a if b" no value when b is false',
    });
  }

  #call(name: string, filter: Filter, args: readonly unknown[]): unknown {
    return this.#guard(() => {
      try {
        const plain = args.map((arg) => this.orders.fromEngine(arg));
        const last = plain.at(-1);
        const named = filter.options !== undefined && plain.length > 1 && isOptions(last, filter.options);
        const result = filter.apply(plain[0], named ? plain.slice(1, -1) : plain.slice(1), named ? last : {});
        this.orders.remember(result);
        return result;
      } catch (error) {
        throw new FilterFault(name === PICK ? 'map' : name, error);
      }
    });
  }

  #guard(run: () => unknown): unknown {
    if (this.#errors.length > 0) return null;
    try {
      return run();
    } catch (cause) {
      this.#errors.push(cause);
      return null;
    }
  }

  /** After a panic: a fresh instance, as the old one's memory may be anything. */
  #reset(): void {
    delete require.cache[require.resolve('minijinja-js')];
    this.#environment = undefined;
    this.#sources.clear();
    this.#globals.clear();
    this.#last.clear();
  }
}

/** A panic of the engine prints a stack trace; what it says is told as an error instead. */
function silently<T>(work: () => T): T {
  const { error } = console;
  console.error = () => undefined;
  try {
    return work();
  } finally {
    console.error = error;
  }
}

const isOptions = (value: unknown, names: readonly string[]): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length > 0 &&
  Object.keys(value).every((name) => names.includes(name));
