import type { Scope } from '../command.ts';
import { findLink, sysctlFact, type World } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { inScope, refuse } from '../object.ts';

interface Sysctl {
  /** With slashes: `net/ipv4/conf/eth0/rp_filter`. */
  readonly key: string;
  readonly value: string;
}

/** A kernel parameter. Several tasks, and several labs, may want the same value of one. */
export const sysctl = (scope: Scope, key: string, value: string): Wanted<Sysctl> => ({
  type: 'sysctl',
  scope,
  data: { key, value },
});

/** Links that the plan makes have a stand-in for their index. */
const isOfNewLink = (world: World, scope: Scope, key: string): boolean => {
  const name = /^net\/ipv[46]\/(?:conf|neigh)\/(.+)\/\w+$/.exec(key)?.[1];
  return name !== undefined && (findLink(world, scope, name)?.index ?? 0) < 0;
};

/** The kernel separates the fields of a value by tabs; people write spaces. */
const normal = (value: string): string => value.trim().replaceAll(/\s+/g, ' ');

const write = (scope: Scope, key: string, from: string, to: string, why: string): Change => ({
  verb: '~',
  what: key.replaceAll('/', '.'),
  why,
  commands: [{ do: 'sysctl', scope, key, value: to }],
  undo: [{ do: 'sysctl', scope, key, value: from }],
  effect: (world: World) => {
    world.sysctls[`${scope} ${key}`] = to;
  },
});

export const sysctlType: ObjectType<Sysctl> = {
  type: 'sysctl',
  volatile: true,
  shared: true,
  id: ({ key }) => key,
  reads: ({ scope, data }) => [{ fact: 'sysctl', scope, key: data.key }],
  diff({ scope, data: { key, value } }, { world, others, ownNamespace }) {
    const rival = others.find((other) => normal((other.data as Sysctl).value) !== normal(value));
    if (rival !== undefined) {
      const { value: other } = rival.data as Sysctl;
      return refuse('CONTRADICTION', `the lab "${rival.lab}" wants ${key.replaceAll('/', '.')} to be ${other}`);
    }
    const found = sysctlFact(world, scope, key);
    if (found === undefined) {
      // A namespace or link that this very plan makes has not been looked at; it has every key of its kernel.
      if (ownNamespace(scope) || isOfNewLink(world, scope, key))
        return [write(scope, key, value, value, `-> ${value}`)];
      return refuse(
        'NO_SUCH_SYSCTL',
        `the kernel${inScope(scope)} has no parameter ${key.replaceAll('/', '.')}`,
        'is the module loaded, and the interface there?',
      );
    }
    return normal(found) === normal(value) ? [] : [write(scope, key, found, value, `${normal(found)} -> ${value}`)];
  },
  before({ scope, data: { key, value } }, { world, entry, others }) {
    if (entry !== undefined) return { before: entry.before };
    const first = others[0];
    if (first !== undefined) return { before: first.before };
    const found = sysctlFact(world, scope, key);
    return found !== undefined && normal(found) === normal(value) ? 'foreign' : { before: found };
  },
  remove({ scope, data: { key, value }, before }, { world, others }) {
    const found = sysctlFact(world, scope, key);
    if (found === undefined || others.length > 0 || typeof before !== 'string') return [];
    if (normal(found) !== normal(value) || normal(found) === normal(before)) return [];
    return [write(scope, key, found, before, `${normal(found)} -> ${normal(before)}`)];
  },
};
