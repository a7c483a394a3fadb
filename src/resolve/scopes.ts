import { implicitHost, layersOf, type Inventory, type Layer } from '../inventory.ts';
import type { Role } from '../playbook.ts';
import { hostMagic, playMagic, sharedMagic, type InventorySource } from './magic.ts';
import type { ResolvedPlay } from './plays.ts';
import { factBindings, mayBeFact, unseen, type FactsByHost, type HostFacts } from './facts.ts';
import { bindingsOf, Variables, type Binding, type Bindings, type Otherwise, type Shared } from './scope.ts';

/** The variables of every host, in every play and role. */
export class Scopes {
  /** What is known without any host. */
  readonly nobody: Variables;
  readonly #inventory: Inventory;
  readonly #extra: Layer | undefined;
  readonly #shared: Shared;
  readonly #magic: Bindings;
  readonly #facts: FactsByHost | undefined;
  /** The first play that gathers facts of a host. */
  readonly #gathering = new Map<string, number>();
  readonly #hosts = new Map<string, Variables>();
  readonly #plays = new Map<string, Variables>();
  readonly #people = new WeakMap<ResolvedPlay['batches'], People>();
  readonly #roles = new WeakMap<Role, Map<string, Variables>>();

  constructor(
    inventory: Inventory,
    playbook: string,
    extra: Layer | undefined,
    shared: Shared,
    mode: Bindings,
    facts?: FactsByHost,
    source?: InventorySource,
  ) {
    this.#facts = facts;
    this.#inventory = inventory;
    this.#extra = extra;
    this.#shared = shared;
    this.#magic = new Map([...sharedMagic(inventory, playbook, source), ...mode]);
    this.nobody = new Variables('', shared, new Map([...this.#magic, ...bindingsOf(extra?.vars)]));
  }

  /** Says that from this play on the facts of these hosts are known. */
  gathers(hosts: readonly string[], play: number): void {
    for (const host of hosts) if (!this.#gathering.has(host)) this.#gathering.set(host, play);
  }

  /** Outside of any play, as it is from this play on; without one, as it is before all. */
  host(name: string, play = -1): Variables {
    const sight = this.#sight(name, play);
    const key = `${name} ${sight !== 'none'}`;
    let scope = this.#hosts.get(key);
    if (!scope) this.#hosts.set(key, (scope = this.#scope(name, sight)));
    return scope;
  }

  /** In a play, outside of its tasks, or in a role of its; `given` is what the play itself says. */
  play(
    { index, raw, lab, name, batches }: ResolvedPlay,
    { given, otherwise }: { readonly given: Bindings; readonly otherwise?: Otherwise },
    host: string,
    role?: Role,
  ): Variables {
    const key = `${index} ${host}`;
    const scopes = role ? (this.#roles.get(role) ?? new Map<string, Variables>()) : this.#plays;
    if (role) this.#roles.set(role, scopes);
    let scope = scopes.get(key);
    if (!scope) {
      const { hosts, batchOf } = this.#peopleOf(batches);
      const own = new Map([
        ...given,
        ...bindingsOf(raw.roleVars),
        ...bindingsOf(role?.vars),
        ...playMagic({ lab, name, hosts, batch: batchOf.get(host) ?? [], file: raw.at.source.file, role }),
      ]);
      const defaults = new Map([...bindingsOf(raw.roleDefaults), ...bindingsOf(role?.defaults)]);
      scope = this.#over(host, index, defaults).with(own, otherwise);
      scopes.set(key, scope);
    }
    return scope;
  }

  /** The hosts of a play, and who is done with whom; the same lists for each of them. */
  #peopleOf(batches: ResolvedPlay['batches']): People {
    let people = this.#people.get(batches);
    if (!people) {
      const batchOf = new Map(batches.flatMap((hosts) => hosts.map((host) => [host, hosts] as const)));
      this.#people.set(batches, (people = { hosts: batches.flat(), batchOf }));
    }
    return people;
  }

  layers(host: string): Layer[] {
    return layersOf(this.#inventory, implicitHost(this.#inventory, host));
  }

  /** The host's own with weaker ones below. */
  #over(host: string, play: number, defaults: Bindings): Variables {
    if (defaults.size === 0) return this.host(host, play);
    return this.#scope(host, this.#sight(host, play), new Variables(host, this.#shared, defaults));
  }

  #scope(host: string, sight: Sight, weaker?: Variables): Variables {
    const pending = unseen(host);
    // What only may be a fact is one unless somebody says otherwise.
    const otherwise = sight === 'pending' ? (name: string) => (mayBeFact(name) ? pending : undefined) : undefined;
    const facts =
      sight === 'pending' ? new Map([['ansible_facts', pending]]) : sight === 'none' ? [] : factBindings(sight);
    return new Variables(host, this.#shared, this.#bindings(host, facts), weaker, otherwise);
  }

  /** What is known of a host from this play on: only what a play for it, this one or one before, has gathered. */
  #sight(host: string, play: number): Sight {
    const first = this.#gathering.get(host);
    if (first === undefined || first > play) return 'none';
    return this.#facts?.get(host) ?? 'pending';
  }

  #bindings(host: string, facts: Iterable<readonly [string, Binding]>): Bindings {
    return new Map([
      ...this.layers(host).flatMap((layer) => [...bindingsOf(layer.vars)]),
      ...facts,
      ...this.#magic,
      ...hostMagic(this.#inventory, host),
      ...bindingsOf(this.#extra?.vars),
    ]);
  }
}

interface People {
  readonly hosts: readonly string[];
  readonly batchOf: ReadonlyMap<string, readonly string[]>;
}

/** Facts of a host; or that they are not known yet, or that nobody gathers any. */
type Sight = HostFacts | 'pending' | 'none';
