import { readCidr } from '../address.ts';
import { EXIT, NetwrightError, printable } from '../error.ts';
import { noEngine, parseContainer, parseNetworks, type Engine, type Runtime } from './engine.ts';
import { isOfLater, ledgerPath, LEDGER_DIRECTORY, parseLedger } from './ledger.ts';
import { parseNet } from './net.ts';
import { owedPath, parseOwed } from './owed.ts';
import { parseFlood, parseListeners, parseProxies } from './neighbours.ts';
import { parseNft } from './nft.ts';
import { parseSystem } from './system.ts';
import { parseFiles } from './files.ts';
import { parsePortVlans, parseQdiscs, parseRules } from './tables.ts';
import { LEASE_STATES, type World } from './world.ts';

/** The part of a reply after one `mark`. */
export interface Section {
  readonly name: string;
  readonly text: string;
}

/**
 * Puts what `gatherScript` printed into a world. What cannot be read, or is not all of it, ends the run: nothing is
 * guessed, and what was not said is not taken for missing.
 */
export function parseFacts(host: string, sections: readonly Section[]): World {
  if (!sections.some(({ name }) => name === 'end')) throw cutShort(host);
  const world: World = {
    boot: '',
    nets: keyed(),
    namespaces: keyed(),
    engines: keyed(),
    engineHosts: keyed(),
    sysctls: keyed(),
    nft: keyed(),
    iptables: keyed(),
    proxies: [],
    listeners: [],
    floods: keyed(),
    files: keyed(),
    netnsFiles: [],
    ledgers: keyed(),
    processes: keyed(),
    leases: keyed(),
    missing: [],
    capabilities: keyed(),
    rules: keyed(),
    qdiscs: keyed(),
    portVlans: keyed(),
  };
  let mounted: string[] = [];
  const system = new Map<string, string>();
  let listed = '';
  for (const { name, text } of sections) {
    const [fact = '', ...rest] = name.split(' ');
    const about = rest.join(' ');
    readable(host, name, () => {
      if (fact === 'system') system.set(about, text);
      else if (fact === 'files') listed = text;
      else if (fact === 'lines') mounted = readLines(world, listed, text);
      else if (Object.hasOwn(READERS, fact)) READERS[fact]!(world, about, text);
    });
  }
  for (const name of mounted) if (world.namespaces[name] === 'file') world.namespaces[name] = 'netns';
  readable(host, 'net', () => {
    useOwnNames(world);
  });
  if (system.size > 0) {
    const net = sections.find(({ name }) => name === 'net ');
    readable(host, 'system', () => {
      world.system = parseSystem(system, net?.text.split('\n')[0] ?? '');
    });
  }
  return world;
}

/** Files, ledgers and kernel parameters, which came together; returns the names of namespaces that are mounted. */
function readLines(world: World, listed: string, text: string): string[] {
  const kernel = /^(?:\/proc\/sys\/.*\n)*/.exec(text)![0];
  for (const line of lines(kernel)) readParameter(world, '', line);
  const { files, rest } = parseFiles(listed, text.slice(kernel.length));
  // proc_pid_mountinfo(5): the fifth word is where, and behind a lone dash stands what.
  const mounted = lines(rest).flatMap((line) => {
    const name = /^\/run\/netns\/(.+)$/.exec(line.split(' ')[4] ?? '')?.[1];
    return name !== undefined && line.includes(' - nsfs ') ? [name] : [];
  });
  for (const [path, file] of Object.entries(files)) {
    if (!path.startsWith(`${LEDGER_DIRECTORY}/`)) world.files[path] = file;
    else if (path.endsWith('.json')) readLedger(world, path, file.content);
    else readOwed(world, path, file.content);
  }
  return mounted;
}

function readParameter(world: World, scope: string, line: string): void {
  const colon = line.indexOf(':');
  world.sysctls[`${scope} ${line.slice('/proc/sys/'.length, colon)}`] = line.slice(colon + 1).trim();
}

function readLedger(world: World, path: string, text: string): void {
  const lab = path.slice(LEDGER_DIRECTORY.length + 1, -'.json'.length);
  const ledger = parseLedger(text);
  // A broken ledger counts as lost; the marks on the objects remain.
  if (ledger?.lab === lab && ledgerPath(lab) === path) world.ledgers[lab] = ledger;
  else if (isOfLater(text)) (world.ofLater ??= []).push(lab);
}

function readOwed(world: World, path: string, text: string): void {
  const lab = path.slice(LEDGER_DIRECTORY.length + 1, -'.owed'.length);
  const owed = parseOwed(text);
  if (owed && owedPath(lab) === path) (world.owed ??= {})[lab] = owed;
}

/** What is wrong with an answer of the host's is told as such, whatever it is. */
function readable(host: string, name: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    throw new NetwrightError(
      {
        code: 'FACT_UNREADABLE',
        message: `${host}: cannot read what the host says about "${printable(name).slice(0, 100)}" (${printable(String(error)).slice(0, 200)})`,
        hint: 'a name with a control character makes ip print broken JSON; look at `ip link` there',
      },
      EXIT.failed,
      error,
    );
  }
}

/** For names of a host's, of which any may be `__proto__` or `constructor`. */
const keyed = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

const cutShort = (host: string): NetwrightError =>
  new NetwrightError(
    {
      code: 'CUT_SHORT',
      message: `${host}: the script was ended before it had told everything`,
      hint: 'was it killed there, or did it hang? Run again, which looks first',
    },
    EXIT.failed,
  );

/** A namespace may have a name of the engine's too; then the kernel tells us either. */
function useOwnNames({ nets, namespaces }: World): void {
  const names = new Map(
    Object.entries(namespaces).flatMap(([name, sort]) => {
      const target = /^-> (?:\/var)?\/run\/netns\/(.+)$/.exec(sort)?.[1];
      return target === undefined ? [] : [[target, name]];
    }),
  );
  if (names.size === 0) return;
  for (const net of Object.values(nets)) {
    net.links = net.links.map((link) => ({ ...link, peerScope: names.get(link.peerScope ?? '') ?? link.peerScope }));
  }
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const READERS: Record<string, (world: World, about: string, text: string) => void> = {
  boot: (world, _, text) => {
    world.boot = text.trim();
  },
  connection: (world, _, text) => {
    if (text.trim() !== '') world.connection = text.trim().split(' ');
  },
  missing: (world, _, text) => {
    world.missing = lines(text);
  },
  capability: (world, name, text) => {
    world.capabilities[name] = text.trim() === 'yes';
  },
  rules: (world, about, text) => {
    const [family, scope = ''] = about.split(' ');
    (world.rules[scope] ??= []).push(...parseRules(family === '6' ? 6 : 4, text));
  },
  qdisc: (world, about, text) => {
    // Nothing printed: there is no such link, or no `tc`.
    if (text.trim() !== '') world.qdiscs[about.includes(' ') ? about : ` ${about}`] = parseQdiscs(text);
  },
  portvlans: (world, _, text) => {
    if (text.trim() !== '') world.portVlans = parsePortVlans(text);
  },
  netns: (world, _, text) => {
    for (const line of lines(text)) {
      const [name = '', ...target] = line.split(' ');
      world.namespaces[name] = target.length === 0 ? 'file' : `-> ${target.join(' ')}`;
    }
  },
  net: (world, scope, text) => {
    // Nothing printed: the namespace is a leftover file, or is gone by now.
    if (text.trim() !== '') world.nets[scope] = parseNet(text, scope);
  },
  sysctl: (world, scope, text) => {
    for (const line of lines(text)) readParameter(world, scope, line);
  },
  nft: (world, scope, text) => {
    world.nft[scope] = parseNft(text);
  },
  netnsfiles: (world, _, text) => {
    world.netnsFiles = lines(text);
  },
  proxies: (world, _, text) => {
    world.proxies = parseProxies(text);
  },
  listeners: (world, _, text) => {
    world.listeners = parseListeners(lines(text));
  },
  flood: (world, dev, text) => {
    world.floods[dev] = parseFlood(text);
  },
  iptables: (world, family, text) => {
    world.iptables[family as '4' | '6'] = lines(text).map((line) => line.replaceAll('"', ''));
  },
  process: (world, scope, text) => {
    if (text.trim() !== '') world.processes[scope] = text.trim();
  },
  lease: (world, about, text) => {
    const [said, digest = '', cidr = ''] = text.trim().split(' ');
    const state = LEASE_STATES.find((one) => one === said);
    if (state !== undefined) world.leases[about] = { state, digest, address: readCidr(cidr) };
  },
  engine: (world, about, text) => {
    const [runtime, trouble] = about.split(' ') as [Runtime, 'missing' | 'silent' | undefined];
    if (trouble !== undefined) {
      world.engines[runtime] = noEngine(trouble === 'missing' ? trouble : (lines(text).at(-1) ?? 'no answer'));
      return;
    }
    const [version, liveRestore, manager, node] = JSON.parse(text) as [string, boolean, boolean, string | undefined];
    const worker = node === 'active' && !manager ? { worker: true as const } : {};
    world.engines[runtime] = { ...noEngine(''), trouble: undefined, version, liveRestore, manager, ...worker };
  },
  containers: (world, runtime, text) => {
    world.engines[runtime as Runtime]!.containers = lines(text).map(parseContainer);
  },
  labelled: (world, runtime, text) => {
    world.engines[runtime as Runtime]!.containers.push(...lines(text).map(parseContainer));
  },
  hosts: (world, scope, text) => {
    world.engineHosts[scope] = text;
  },
  networks: (world, runtime, text) => {
    world.engines[runtime as Runtime]!.networks = parseNetworks(text);
  },
  running: (world, runtime, text) => {
    const engine = world.engines[runtime as Runtime]!;
    const running = lines(text).map((line) => {
      const [name = '', lab = ''] = line.split(' ');
      return { name, lab };
    });
    world.engines[runtime as Runtime] = { ...engine, running } satisfies Engine;
  },
  daemon: (world, runtime, text) => {
    const said = lines(text);
    const flags = said.filter((line) => line !== 'stale');
    const engine = world.engines[runtime as Runtime]!;
    world.engines[runtime as Runtime] = { ...engine, flags, stale: flags.length < said.length } satisfies Engine;
  },
};
