const NAMES = ['apply', 'plan', 'drift', 'destroy', 'crash', 'hit', 'quiet', 'pings', 'compared'] as const;
type Name = (typeof NAMES)[number];

/** How often something was done, or looked for. */
class Tally {
  readonly #counts = new Map<Name, number>();
  readonly #byHosts = new Map<number, number>();

  count(name: Name, times = 1): void {
    this.#counts.set(name, this.of(name) + times);
  }

  walked(hosts: number): void {
    this.#byHosts.set(hosts, (this.#byHosts.get(hosts) ?? 0) + 1);
  }

  of(name: Name): number {
    return this.#counts.get(name) ?? 0;
  }

  walksOn(hosts: number): number {
    return this.#byHosts.get(hosts) ?? 0;
  }

  told(): string {
    const hosts = [1, 2, 3].map((count) => `${this.walksOn(count)} on ${count}`);
    return [...hosts, ...NAMES.map((name) => `${name} ${this.of(name)}`)].join(', ');
  }
}

export const tally = new Tally();
