import { NetwrightError } from '../error.ts';
import { LazyMapping } from '../template.ts';
import { Pending } from './pending.ts';
import type { Variables } from './scope.ts';

/**
 * `hostvars`: the variables of every host, each rendered only when somebody names it. As a whole it is what can be
 * rendered; what cannot is missing there.
 */
export function hostvarsOf(hosts: readonly string[], scopeOf: (host: string) => Variables): LazyMapping {
  const one = remembering((host) => variablesOf(scopeOf(host)));
  const known = new Set(hosts);
  let all: object | undefined;
  return new LazyMapping(
    hosts,
    (host) => (known.has(host) ? one(host) : undefined),
    () => (all ??= Object.fromEntries(hosts.map((host) => [host, one(host).whole()]))),
  );
}

function variablesOf(scope: Variables): LazyMapping {
  let all: object | undefined;
  const names = scope.names().filter((name) => name !== 'hostvars');
  return new LazyMapping(
    names,
    (name) => (name === 'hostvars' ? undefined : scope.get(name)),
    () => (all ??= Object.fromEntries(names.flatMap((name) => rendered(scope, name)))),
  );
}

function rendered(scope: Variables, name: string): [string, unknown][] {
  try {
    return [[name, scope.get(name)]];
  } catch (error) {
    if (error instanceof NetwrightError || error instanceof Pending) return [];
    throw error;
  }
}

function remembering<T>(make: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    let value = known.get(name);
    if (value === undefined) known.set(name, (value = make(name)));
    return value;
  };
}
