import { createRequire } from 'node:module';
import type { Environment } from 'minijinja-js';
import { bounded, TooLong } from '../bounded.ts';
import { FILTERS, type Filter } from './filters.ts';
import { isOptions } from './filters/filter.ts';
import { DICT, lookupFilter, type Find } from './function.ts';
import { explain, FilterFault, isPanic, located } from './explain.ts';
import { TEMPLATE_ERROR, TEMPLATES_TOO_LONG, TemplateFault, UNDEFINED_VARIABLE } from './fault.ts';
import { withMemory } from './memory.ts';
import { FAIL, RESULT, TEXT, type Program } from './program.ts';
import { PATH_TESTS, pathTest } from './path-tests.ts';
import { PICK } from './reference.ts';
import type { Scope } from './scope.ts';
import { TESTS } from './tests.ts';
import { KeyOrders, shownInText } from './value.ts';

/** Steps of the engine in one rendering; 5 million take about a quarter of a second. */
const FUEL = 5_000_000;
/** Bytes of its memory: a step that repeats a text is one step only. */
const MEMORY = 256 * 1024 * 1024;
/** Milliseconds of one rendering, and what a busy machine may add to it. */
const LONGEST = 1000;
const SLACK = 200;
/** Of each rendering so much is free; the rest of all together has to be little, and may be more with every host. */
const QUICK = 2;
const PER_HOST = 50;
/** Compiled sources that are kept. */
const MAX_SOURCES = 5000;

/** The values that a program's source uses, by their names in it, and what happens to the ones that must not be used. */
export interface Values {
  readonly given: Readonly<Record<string, unknown>>;
  /** What names that the program binds itself stand for until it does. */
  readonly before: Readonly<Record<string, unknown>>;
  /** What is given by a handle, as only filters of ours use it. */
  readonly handed: ReadonlyMap<string, unknown>;
  fail(reference: number): unknown;
  readonly lookup: Find;
  readonly about: NonNullable<Scope['about']>;
}

const HANDLE = 'nw__handle';

/** Stands for a value that is costly to hand in and out; a filter gets the value itself. */
export const handleOf = (name: string): object => ({ [HANDLE]: name });

const require = createRequire(import.meta.url);

/**
 * The only place that knows minijinja-js (2.11). Loaded when first needed, because it costs 20 ms. Not reentrant: all
 * variables are looked up before it runs. What its version lacks is made up for here and in `program.ts`:
 * - a JavaScript function that throws kills the environment, so none does: the first error is kept and thrown after;
 * - a panic leaves the module in an unknown state, so it is loaded anew;
 * - fuel counts steps, however much one does, so time and memory have limits of their own.
 */
export class Engine {
  #orders = new KeyOrders();
  #environment: Environment | undefined;
  readonly #sources = new Set<string>();
  /** Values that the environment holds already. */
  readonly #globals = new Map<string, unknown>();

  #values: Values | undefined;
  #inner: Engine | undefined;
  #errors: unknown[] = [];
  #result: unknown;
  /** The filter that is at work. */
  #filter: string | undefined;
  /** Milliseconds that are left for all that is not quick. */
  #patience: number;
  /** The rendering has less time than it would have alone. */
  #isShort = false;

  constructor(hosts: number) {
    this.#patience = LONGEST + PER_HOST * hosts;
  }

  /** Renders a program; `name` stands for its source. A native one answers its value, any other a text. */
  run(program: Program, name: string, source: () => string, values: Values): unknown {
    // What a lookup finds may be a template itself; an environment that is at work cannot begin another.
    if (this.#values) return (this.#inner ??= new Engine(0)).run(program, name, source, values);
    this.#values = values;
    try {
      const text = silently(() => this.#render(program, name, source, values));
      if (this.#errors.length === 0) return program.native ? this.#result : text;
    } catch (error) {
      this.#errors.push(error instanceof TooLong ? this.#tooLong() : explain(error, program));
    } finally {
      this.#values = undefined;
    }
    throw located(this.#errors[0], program);
  }

  #render(program: Program, name: string, source: () => string, values: Values): string {
    this.#errors = [];
    this.#result = undefined;
    this.#filter = undefined;
    const isFresh = this.#environment === undefined;
    try {
      const environment = (this.#environment ??= this.#load());
      if (!this.#sources.has(name)) this.#add(environment, name, source());
      const context = this.#context(environment, values);
      this.#orders.remember(program.literals);
      const render = (): string => environment.renderTemplate(name, context);
      return program.light ? render() : this.#timed(render);
    } catch (error) {
      if (!isPanic(error) && !(error instanceof TooLong)) throw error;
      this.#reset();
      // Its memory may have been full of what earlier templates left.
      if (isFresh || error instanceof TooLong) throw error;
      return this.#render(program, name, source, values);
    }
  }

  /**
   * Real time ends it. Of that and of the processor's, which knows of helping threads too, the lesser counts for the
   * rest: a busy machine uses up nobody's patience.
   */
  #timed<T>(work: () => T): T {
    if (this.#patience <= 0) throw together();
    this.#isShort = this.#patience < LONGEST;
    const [begun, before] = [performance.now(), process.cpuUsage()];
    try {
      return bounded(SLACK + Math.min(LONGEST, this.#patience), work);
    } finally {
      const { user, system } = process.cpuUsage(before);
      const took = Math.min(performance.now() - begun, (user + system) / 1000);
      this.#patience -= Math.max(0, took - QUICK);
    }
  }

  #tooLong(): unknown {
    if (this.#isShort) return together();
    const hint = 'what repeats inside a repetition takes for ever, in a regular expression as in lists and loops';
    const fault = new TemplateFault(TEMPLATE_ERROR, 'the template takes too long', { hint });
    return this.#filter === undefined ? fault : new FilterFault(this.#filter, fault);
  }

  #add(environment: Environment, name: string, source: string): void {
    if (this.#sources.size >= MAX_SOURCES) {
      environment.clearTemplates();
      this.#sources.clear();
    }
    environment.addTemplate(name, source);
    this.#sources.add(name);
  }

  /** The texts and numbers among what is given. The rest becomes a global, as what comes again costs nothing then. */
  #context(environment: Environment, { given, before }: Values): Record<string, unknown> {
    const context: Record<string, unknown> = { ...before };
    this.#orders.remember(before);
    for (const [name, value] of Object.entries(given)) {
      if (typeof value !== 'object' || value === null) context[name] = value;
      else if (this.#globals.get(name) !== value) {
        this.#orders.remember(value);
        environment.addGlobal(name, value);
        this.#globals.set(name, value);
      }
    }
    return context;
  }

  #load(): Environment {
    const { Environment } = withMemory(
      MEMORY,
      () => require('minijinja-js') as { readonly Environment: new () => Environment },
    );
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
    for (const name of PATH_TESTS) {
      environment.addTest(
        name,
        (path: unknown) => this.#call(name, pathTest(name, this.#values!.about), [path]) === true,
      );
    }
    // The engine's own takes no list of pairs.
    environment.addGlobal('dict', (...args: unknown[]) => this.#call('dict', DICT, [null, ...args]));
    for (const name of ['lookup', 'query', 'q']) {
      environment.addGlobal(name, (...args: unknown[]) =>
        this.#call(name, lookupFilter(name, this.#values!.lookup), args),
      );
    }
    environment.addGlobal(FAIL, (reference: number) => this.#guard(() => this.#values!.fail(reference)));
    environment.addGlobal(TEXT, (isUndefined: boolean, value: unknown) =>
      this.#guard(() => shownInText(this.#defined(isUndefined, value))),
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
    if (!isUndefined) return this.#orders.fromEngine(value);
    throw new TemplateFault(UNDEFINED_VARIABLE, 'the expression has no value', {
      hint: 'an empty list has no first item, and "a if b" no value when b is false',
    });
  }

  #call(name: string, filter: Filter, args: readonly unknown[]): unknown {
    return this.#guard(() => {
      this.#filter = name === PICK ? 'map' : name;
      try {
        const plain = args.map((arg) => this.#taken(this.#orders.fromEngine(arg)));
        const last = plain.at(-1);
        const named = filter.options !== undefined && plain.length > 1 && isOptions(last, filter.options);
        const result = filter.apply(plain[0], named ? plain.slice(1, -1) : plain.slice(1), named ? last : {});
        this.#orders.remember(result);
        this.#filter = undefined;
        return result;
      } catch (error) {
        // What a lookup met has its own words, and may only have to wait.
        if (filter.passes === true && !(error instanceof TypeError)) throw error;
        // Node's own words for a text or a nesting beyond its limits.
        const cause = error instanceof RangeError ? new TypeError('that is too large', { cause: error }) : error;
        throw new FilterFault(name === PICK ? 'map' : name, cause);
      }
    });
  }

  #taken(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, HANDLE)) return value;
    return this.#values!.handed.get(String((value as Record<string, unknown>)[HANDLE])) ?? value;
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
    this.#orders = new KeyOrders();
    this.#sources.clear();
    this.#globals.clear();
  }
}

const together = (): TemplateFault =>
  new TemplateFault(TEMPLATES_TOO_LONG, 'all templates together take too long', {
    hint: 'what is the same for all tasks belongs into set_fact, and what is large into a script',
  });

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
