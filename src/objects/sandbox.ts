import { HOST } from '../command.ts';
import { findContainer, type Runtime } from '../facts/engine.ts';
import { emptyNet, type World } from '../facts/world.ts';
import type { ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';
import { engineTrouble } from './engine.ts';

interface Sandbox {
  readonly name: string;
  readonly runtime: Runtime;
  /** By name, or by id. */
  readonly container: string;
}

/** The network namespace of an engine's container under a name in /run/netns, as the article does it by hand. */
export const sandbox = (data: Sandbox): Wanted<Sandbox> => ({ type: 'sandbox', scope: HOST, data });

const pathOf = ({ name }: Sandbox): string => `/run/netns/${name}`;

/** What a namespace shows that nobody has looked into: an engine's container has its loopback up. */
function enter(world: World, { name }: Sandbox): void {
  world.nets[name] ??= {
    ...emptyNet(),
    links: [{ name: 'lo', index: 1, mac: '', mtu: 65536, up: true, group: 0, addresses: [] }],
  };
}

export const sandboxType: ObjectType<Sandbox> = {
  type: 'sandbox',
  volatile: true,
  shared: false,
  id: ({ name }) => name,
  reads: ({ data: { runtime, container, name } }) => [
    { fact: 'container', runtime, name: container, scope: name },
    { fact: 'net', scope: name },
  ],
  diff({ data }, { world, entry }) {
    const { name, runtime, container } = data;
    const trouble = engineTrouble(world, runtime);
    if (trouble) return trouble;
    const found = findContainer(world.engines[runtime], container);
    if (!found) {
      return refuse('MISSING_CONTAINER', `${runtime} has no container ${container}`, `look at \`${runtime} ps -a\``);
    }
    if (found.networkMode === 'host') {
      return refuse('NO_NAMESPACE', `the container ${container} has the network of the host, and none of its own`);
    }
    if (found.status !== 'running') {
      return refuse('NOT_RUNNING', `the container ${container} is ${found.status}`, `\`${runtime} start\` it first`);
    }
    const now = world.namespaces[name];
    const target = /^-> (.*)$/.exec(now ?? '')?.[1];
    if (target !== undefined && found.sandboxes.includes(target)) return [];
    if (now !== undefined && (target === undefined || entry === undefined)) {
      return refuse('FOREIGN_OBJECT', `${pathOf(data)} exists and is not ours`, 'choose another name, or remove it');
    }
    const { id, startedAt, sandboxes } = found;
    const isMade = id !== '';
    return [
      {
        verb: now === undefined ? '+' : '~',
        what: found.name,
        // Unsaid where the plan itself starts it.
        why: now === undefined || startedAt === '' ? '' : 'was started anew',
        commands: [
          {
            do: 'sandbox',
            scope: name,
            runtime,
            container: isMade ? id : found.name,
            ...(isMade && startedAt !== '' ? { startedAt } : {}),
          },
        ],
        undo: [{ do: 'unlink', path: pathOf(data) }],
        effect: (after) => {
          after.namespaces[name] = `-> ${sandboxes[0] ?? 'new'}`;
          enter(after, data);
        },
      },
    ];
  },
  before: () => ({}),
  remove({ data }, { world }) {
    if (world.namespaces[data.name]?.startsWith('-> ') !== true) return [];
    return [
      {
        verb: '-',
        what: data.name,
        why: '',
        commands: [{ do: 'unlink', path: pathOf(data) }],
        effect: (after) => {
          delete after.namespaces[data.name];
        },
      },
    ];
  },
};
