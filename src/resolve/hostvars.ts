import { NetwrightError } from '../error.ts';
import { LazyMapping } from '../template.ts';
import { Pending } from './pending.ts';
import type { Variables } from './scope.ts';

/** Hears of what had to be left out because it is not known yet. */
type Hears = (pending: Pending) => void;

/**
 * `hostvars`: the variables of every host, each rendered only when somebody names it. As a whole it is what can be
 * rendered; what cannot is missing there, and `lacks` hears of what only has to wait.
 */
export function hostvarsOf(hosts: readonly string[], scopeOf: (host: string) => Variables, lacks: Hears): LazyMapping {
  const known = new Set(hosts);
  const made = new Map<string, LazyMapping>();
  const get = (host: string): LazyMapping | undefined => {
    // As in Ansible, the implicit localhost is there when it is named, and not among the hosts.
    if (!known.has(host) && host !== 'localhost') return undefined;
    let one = made.get(host);
    if (!one) made.set(host, (one = variablesOf(scopeOf(host), lacks)));
    return one;
  };
  const all = (miss: Hears): object => Object.fromEntries(hosts.map((host) => [host, rendered(scopeOf(host), miss)]));
  return new LazyMapping(hosts, get, once(lacks, all));
}

function variablesOf(scope: Variables, lacks: Hears): LazyMapping {
  const get = (name: string): unknown => (name === 'hostvars' ? undefined : scope.get(name));
  const all = (miss: Hears): object => rendered(scope, miss);
  return new LazyMapping(namesOf(scope), get, once(lacks, all));
}

const namesOf = (scope: Variables): string[] => scope.names().filter((name) => name !== 'hostvars');

/** Without what is the same for all: every name of a fleet, once for each host, would be a million. */
function rendered(scope: Variables, miss: Hears): Record<string, unknown> {
  const own = namesOf(scope).filter((name) => name !== 'groups');
  const pairs = own.flatMap((name): [string, unknown][] => {
    try {
      return [[name, scope.get(name)]];
    } catch (error) {
      if (error instanceof Pending) miss(error);
      else if (!(error instanceof NetwrightError)) throw error;
      return [];
    }
  });
  return Object.fromEntries(pairs);
}

/** Made once; what had to be left out is told each time. */
function once(lacks: Hears, make: (miss: Hears) => object): () => object {
  let all: object | undefined;
  let missed: Pending | undefined;
  return () => {
    all ??= make((pending) => {
      missed ??= pending;
    });
    if (missed) lacks(missed);
    return all;
  };
}
