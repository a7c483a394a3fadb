import { NetwrightError } from '../error.ts';
import type { Variable } from '../inventory.ts';
import type { Secrets } from '../secret.ts';
import { placeOf, type At } from '../source.ts';
import { holdsTemplate, type AtPath, type Scope } from '../template.ts';
import { Pending } from './pending.ts';
import { lookUp, type Surroundings } from './lookup.ts';
import type { Near, Renderer } from './render.ts';

/** What a name stands for. */
export type Binding =
  /** As it was written: rendered when it is used. */
  | ({ readonly is: 'written' } & Variable)
  /** A value as it is, from a host for instance: never a template. */
  | { readonly is: 'data'; readonly value: unknown; readonly at?: At | undefined }
  /** The result of a task that has not run yet; or, with `look`, what the first look at the host will tell. */
  | { readonly is: 'pending'; readonly task: string; readonly look?: true };

export type Bindings = ReadonlyMap<string, Binding>;

export const data = (value: unknown, at?: At): Binding => ({ is: 'data', value, at });
export const written = (variable: Variable): Binding => ({ is: 'written', ...variable });

/** Variables as they were written, or as they are. */
export const bindingsOf = (vars: ReadonlyMap<string, Variable> | undefined): Bindings =>
  new Map([...(vars ?? [])].map(([name, one]) => [name, one.isData ? data(one.value, one.at) : written(one)]));

/** What all scopes of one resolver share while a variable is being rendered. */
export interface Shared {
  readonly renderer: Renderer;
  /** Hears of every value that is used. */
  readonly secrets?: Secrets | undefined;
  readonly surroundings: Surroundings;
  /** `host name` of the variables that are being rendered, outermost first. */
  readonly open: string[];
  /** The names that were asked for since somebody last looked. */
  asked: Set<string>;
  /** What no play and no task can change: --extra-vars. */
  readonly fixed: ReadonlySet<string>;
}

export type Otherwise = (name: string) => Binding | undefined;

interface Known {
  /** Or what is wrong with it, or that it is not known yet: variables that name one another would ask again and again. */
  readonly value: unknown;
  readonly failed: boolean;
  /** Every name that the value depends on. */
  readonly uses: ReadonlySet<string>;
}

/**
 * The variables of one host, in levels: host, play, task, loop item; what a lower level binds hides what is above it.
 * A variable is rendered when it is first used, and kept at the highest level at which it would be the same: what does
 * not depend on the item is rendered once for a loop of thousands.
 */
export class Variables implements Scope {
  readonly host: string;
  readonly #shared: Shared;
  readonly #bindings: Bindings;
  readonly #parent: Variables | undefined;
  /** What stands for names that nothing binds. */
  readonly #otherwise: Otherwise | undefined;
  readonly #known = new Map<string, Known>();

  constructor(host: string, shared: Shared, bindings: Bindings, parent?: Variables, otherwise?: Otherwise) {
    this.host = host;
    this.#shared = shared;
    this.#bindings = bindings;
    this.#parent = parent;
    this.#otherwise = otherwise;
  }

  /** A level below this one; what is fixed stays as it is. `otherwise` is for names that nothing binds. */
  with(bindings: Bindings, otherwise?: Otherwise): Variables {
    const { fixed } = this.#shared;
    const free = [...bindings.keys()].some((name) => fixed.has(name))
      ? new Map([...bindings].filter(([name]) => !fixed.has(name)))
      : bindings;
    return free.size === 0 && !otherwise ? this : new Variables(this.host, this.#shared, free, this, otherwise);
  }

  names(): readonly string[] {
    return [...new Set([...this.#bindings.keys(), ...(this.#parent?.names() ?? [])])];
  }

  /** The binding that counts. */
  binding(name: string): Binding | undefined {
    return this.#bindings.get(name) ?? this.#parent?.binding(name) ?? this.#otherwise?.(name);
  }

  get(name: string): unknown {
    const value = this.#get(name);
    this.#shared.secrets?.note(value);
    return value;
  }

  #get(name: string): unknown {
    this.#shared.asked.add(name);
    const binding = this.binding(name);
    if (binding === undefined) return undefined;
    if (binding.is === 'pending') throw new Pending(name, binding.task, binding.look);
    if (binding.is === 'data') return binding.value;
    if (typeof binding.value === 'string' ? !holdsTemplate(binding.value) : isScalar(binding.value))
      return binding.value;
    const known = this.#find(name) ?? this.#render(name, binding);
    for (const used of known.uses) this.#shared.asked.add(used);
    if (known.failed) throw known.value;
    return known.value;
  }

  lookup(
    name: string,
    terms: readonly unknown[],
    options: Readonly<Record<string, unknown>>,
  ): readonly unknown[] | undefined {
    const { renderer, surroundings } = this.#shared;
    const found = lookUp(name, {
      terms,
      options,
      scope: this,
      renderer,
      surroundings,
      near: this.near(),
      folder: 'files',
    });
    this.#shared.secrets?.note(found);
    return found;
  }

  about(path: string): AtPath {
    return this.#shared.surroundings.about(path);
  }

  /** From where names of files count. */
  near(): Near {
    const text = (name: string): string | undefined => {
      const binding = this.binding(name);
      return binding?.is === 'data' && typeof binding.value === 'string' ? binding.value : undefined;
    };
    return { role: text('role_path'), folder: text('playbook_dir') ?? '.' };
  }

  get surroundings(): Surroundings {
    return this.#shared.surroundings;
  }

  /** What is known at this level, or above where no level between has a say in it. */
  #find(name: string): Known | undefined {
    const known = this.#known.get(name);
    if (known) return known;
    if (this.#parent === undefined || this.#bindings.has(name)) return undefined;
    const above = this.#parent.#find(name);
    return above && this.#hasSay(above.uses) ? undefined : above;
  }

  #hasSay(uses: ReadonlySet<string>): boolean {
    for (const name of this.#bindings.keys()) if (uses.has(name)) return true;
    return false;
  }

  #render(name: string, binding: Variable): Known {
    const { open, renderer } = this.#shared;
    const key = `${this.host} ${name}`;
    if (open.includes(key)) throw cycle(open.slice(open.indexOf(key)), name, this.host, binding);
    const outer = this.#shared.asked;
    const uses = new Set([name]);
    this.#shared.asked = uses;
    open.push(key);
    try {
      const known = { value: renderer.value(binding.value, binding.at, this), failed: false, uses };
      this.#keep(name, known);
      return known;
    } catch (error) {
      const known = { value: error, failed: true, uses };
      this.#keep(name, known);
      return known;
    } finally {
      open.pop();
      this.#shared.asked = outer;
      for (const used of uses) outer.add(used);
    }
  }

  #keep(name: string, known: Known): void {
    if (this.#parent === undefined || this.#hasSay(known.uses)) this.#known.set(name, known);
    else this.#parent.#keep(name, known);
  }
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;

function cycle(open: readonly string[], name: string, host: string, { at }: Variable): NetwrightError {
  const shown = open.map((key) =>
    key.startsWith(`${host} `) ? key.slice(host.length + 1) : key.replace(/^(\S+) (.*)$/, '$2@$1'),
  );
  return new NetwrightError({
    code: 'TEMPLATE_CYCLE',
    message: `variables need one another: ${[...shown, name].join(' -> ')}`,
    place: at && placeOf(at),
    hint: 'give one of them a value of its own',
  });
}
