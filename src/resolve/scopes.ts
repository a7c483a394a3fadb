import { implicitHost, layersOf, type Inventory, type Layer } from '../inventory.ts';
import type { Role } from '../playbook.ts';
import { hostMagic, playMagic, sharedMagic } from './magic.ts';
import type { ResolvedPlay } from './plays.ts';
import { bindingsOf, Variables, type Bindings, type Shared } from './scope.ts';

/** The variables of every host, in every play and role. */
export class Scopes {
  /** What is known without any host. */
  readonly nobody: Variables;
  readonly #inventory: Inventory;
  readonly #extra: Layer | undefined;
  readonly #shared: Shared;
  readonly #magic: Bindings;
  readonly #hosts = new Map<string, Variables>();
  readonly #plays = new Map<string, Variables>();
  readonly #roles = new WeakMap<Role, Map<string, Variables>>();

  constructor(inventory: Inventory, playbook: string, extra: Layer | undefined, shared: Shared) {
    this.#inventory = inventory;
    this.#extra = extra;
    this.#shared = shared;
    this.#magic = sharedMagic(inventory, playbook);
    this.nobody = new Variables('', shared, new Map([...this.#magic, ...bindingsOf(extra?.vars)]));
  }

  /** Outside of any play. */
  host(name: string): Variables {
    let scope = this.#hosts.get(name);
    if (!scope) this.#hosts.set(name, (scope = new Variables(name, this.#shared, this.#bindings(name))));
    return scope;
  }

  /** In a play, outside of its tasks, or in a role of its; `given` is what the play itself says. */
  play({ index, raw, lab, name, batches }: ResolvedPlay, given: Bindings, host: string, role?: Role): Variables {
    const key = `${index} ${host}`;
    const scopes = role ? (this.#roles.get(role) ?? new Map<string, Variables>()) : this.#plays;
    if (role) this.#roles.set(role, scopes);
    let scope = scopes.get(key);
    if (!scope) {
      const batch = batches.find((hosts) => hosts.includes(host)) ?? [];
      const own = new Map([
        ...given,
        ...bindingsOf(raw.roleVars),
        ...bindingsOf(role?.vars),
        ...playMagic({ lab, name, hosts: batches.flat(), batch, file: raw.at.source.file, role }),
      ]);
      const defaults = new Map([...bindingsOf(raw.roleDefaults), ...bindingsOf(role?.defaults)]);
      scope = this.#over(host, defaults).with(own);
      scopes.set(key, scope);
    }
    return scope;
  }

  layers(host: string): Layer[] {
    return layersOf(this.#inventory, implicitHost(this.#inventory, host));
  }

  /** The host's own with weaker ones below. */
  #over(host: string, defaults: Bindings): Variables {
    if (defaults.size === 0) return this.host(host);
    return new Variables(host, this.#shared, this.#bindings(host), new Variables(host, this.#shared, defaults));
  }

  #bindings(host: string): Bindings {
    return new Map([
      ...this.layers(host).flatMap((layer) => [...bindingsOf(layer.vars)]),
      ...this.#magic,
      ...hostMagic(this.#inventory, host),
      ...bindingsOf(this.#extra?.vars),
    ]);
  }
}
