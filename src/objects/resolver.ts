import { isLoopback, readAddress } from '../address.ts';
import { HOST } from '../command.ts';
import type { World } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';

interface Resolver {
  readonly path: string;
  readonly lab: string;
  /** Each absent where the host's own counts. */
  readonly servers?: readonly string[] | undefined;
  readonly search?: readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
  /** Whether the container speaks IPv6. */
  readonly ipv6: boolean;
}

/**
 * The resolv.conf of a namespace. What nobody chose is as the host has it, but for name servers on its loopback, which
 * a container cannot reach; where none is left, the public ones of the article ("Configuring DNS").
 */
export const resolver = (data: Resolver): Wanted<Resolver> => ({ type: 'resolver', scope: HOST, data });

const HOSTS_OWN = '/etc/resolv.conf';
const PUBLIC = ['8.8.8.8', '8.8.4.4'];
const PUBLIC_IPV6 = ['2001:4860:4860::8888', '2001:4860:4860::8844'];

const heading = (lab: string): string => `# written by netwright for the lab ${lab}`;

interface Lines {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** Of several `search` lines the last one counts, and `domain` is an older word for it (resolv.conf(5)). */
function read(text: string): Lines {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const all = (word: string): string[][] => lines.flatMap(([first, ...rest]) => (first === word ? [rest] : []));
  return {
    servers: all('nameserver').flatMap(([server]) => server ?? []),
    search:
      lines
        .filter(([word]) => word === 'search' || word === 'domain')
        .at(-1)
        ?.slice(1) ?? [],
    options: all('options').flat(),
  };
}

const isOnLoopback = (server: string): boolean => {
  const address = readAddress(server.replace(/%[^]*/, ''));
  return address !== undefined && isLoopback(address);
};

/** What the file has to say, or nothing where the host's own is good. */
function contentOf(world: World, { lab, servers, search, options, ipv6 }: Resolver): string | undefined {
  const found = world.files[HOSTS_OWN]?.content;
  const own = read(found ?? '');
  const chosen = [servers, search, options].some((list) => list !== undefined);
  if (!chosen && (found === undefined || (own.servers.length > 0 && !own.servers.some(isOnLoopback)))) return undefined;
  const reachable = own.servers.filter((server) => !isOnLoopback(server));
  const fallback = [...PUBLIC, ...(ipv6 ? PUBLIC_IPV6 : [])];
  const inherited = reachable.length > 0 ? reachable : fallback;
  const domains = (search ?? own.search).filter((domain) => domain !== '.');
  const words = options ?? own.options;
  return [
    heading(lab),
    ...(domains.length === 0 ? [] : [`search ${domains.join(' ')}`]),
    ...(servers ?? inherited).map((server) => `nameserver ${server}`),
    ...(words.length === 0 ? [] : [`options ${words.join(' ')}`]),
    '',
  ].join('\n');
}

const MODE = '0644';

function remove(world: World, path: string, why: string): Change[] {
  const found = world.files[path];
  if (!found) return [];
  return [
    {
      verb: '-',
      what: path,
      why,
      commands: [{ do: 'unlink', path, parent: true }],
      undo: [{ do: 'write', path, ...found, inPlace: true }],
      effect: (after) => {
        delete after.files[path];
      },
    },
  ];
}

export const resolverType: ObjectType<Resolver> = {
  type: 'resolver',
  volatile: false,
  shared: false,
  id: ({ path }) => path,
  reads: ({ data }) => [
    { fact: 'file', path: HOSTS_OWN },
    { fact: 'file', path: data.path },
  ],
  diff({ data }, { world, entry }) {
    const { path } = data;
    const content = contentOf(world, data);
    const found = world.files[path];
    if (content === undefined) return entry === undefined ? [] : remove(world, path, "the host's own will do");
    if (found?.content === content && found.mode === MODE) return [];
    if (found && entry === undefined && !found.content.startsWith(heading(data.lab))) {
      return refuse('FOREIGN_OBJECT', `${path} exists and is not ours`, 'move it away');
    }
    return [
      {
        verb: found ? '~' : '+',
        what: path,
        why: !found ? 'missing' : found.content === content ? `mode ${found.mode} -> ${MODE}` : 'content',
        commands: [{ do: 'write', path, content, mode: MODE, inPlace: true }],
        undo: [found ? { do: 'write', path, ...found, inPlace: true } : { do: 'unlink', path, parent: true }],
        effect: (after) => {
          after.files[path] = { content, mode: MODE };
        },
      },
    ];
  },
  before({ data }, { world, entry }) {
    return entry === undefined && contentOf(world, data) === undefined ? 'foreign' : {};
  },
  // The host's own may say something else by now, so the heading tells that it is ours, or as much of it as a run wrote
  // that was killed within it.
  remove({ data: { path, lab } }, { world }) {
    const content = world.files[path]?.content ?? 'nothing';
    const isOurs = content.startsWith(heading(lab)) || heading(lab).startsWith(content);
    return isOurs ? remove(world, path, 'remove') : [];
  },
};
