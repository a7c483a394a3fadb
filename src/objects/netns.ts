import { HOST } from '../command.ts';
import { addNamespace, removeNamespace } from '../facts/effects.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';

interface Netns {
  readonly name: string;
}

/** A named network namespace, as `ip netns` keeps them in /run/netns. */
export const netns = (name: string): Wanted<Netns> => ({ type: 'netns', scope: HOST, data: { name } });

const add = (name: string): Change => ({
  verb: '+',
  what: name,
  why: 'missing',
  commands: [{ do: 'ip', scope: HOST, argv: ['netns', 'add', name] }],
  undo: [{ do: 'ip', scope: HOST, argv: ['netns', 'del', name] }],
  effect: (world) => {
    addNamespace(world, name);
  },
});

const remove = (name: string, why: string): Change => ({
  verb: '-',
  what: name,
  why,
  commands: [
    { do: 'stop', scope: name },
    { do: 'ip', scope: HOST, argv: ['netns', 'del', name] },
  ],
  effect: (world) => {
    removeNamespace(world, name);
  },
});

/** What still runs though somebody deleted its namespace. */
const endAstray = (name: string): Change => ({
  verb: '-',
  what: name,
  why: 'end its program',
  commands: [{ do: 'stop', scope: name }],
  effect: (world) => {
    delete world.processes[name];
  },
});

export const netnsType: ObjectType<Netns> = {
  type: 'netns',
  volatile: true,
  shared: false,
  id: ({ name }) => name,
  reads: ({ data }) => [{ fact: 'net', scope: data.name }],
  diff({ data: { name } }, { world, entry, adopt }) {
    const found = world.namespaces[name];
    if (found === undefined) return [add(name)];
    if (entry === undefined && !adopt) {
      return refuse(
        'FOREIGN_OBJECT',
        `the network namespace ${name} exists and is not ours`,
        'choose another name, remove it by hand, or say "adopt: true" to take it over',
      );
    }
    return found === 'file' ? [remove(name, 'half made'), add(name)] : [];
  },
  before: (_, { world, entry }) =>
    entry === undefined && Object.hasOwn(world.namespaces, _.data.name) ? { before: 'adopted' } : {},
  remove({ data: { name }, before }, { world }) {
    if (before === 'adopted') return [];
    if (world.namespaces[name] !== undefined) return [remove(name, 'remove')];
    return world.processes[name] === undefined ? [] : [endAstray(name)];
  },
};
