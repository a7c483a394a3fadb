import { isDeepStrictEqual } from 'node:util';
import { contains, familyOf, networkOf, overlaps } from '../address.ts';
import { HOST, type Command } from '../command.ts';
import { endNamespace } from '../facts/effects.ts';
import { findLink, type FileFact, type World } from '../facts/world.ts';
import type { Entry, Ground, ObjectType, Verdict, Wanted } from '../object.ts';
import { refuse } from '../object.ts';
import { differing, OF_DOCKER0, passage, render, type Passage, type Settings } from './daemon-restart.ts';
import { engineOf, engineTrouble } from './engine.ts';

interface Daemon {
  /** In the words of daemon.json. */
  readonly settings: Settings;
  /** Whether containers of others may be stopped. */
  readonly restart: boolean;
  /** Its bridge is one of ours, with rules of its own. */
  readonly ours?: boolean | undefined;
}

/** What was there before, to be given back. */
interface Given {
  readonly file?: FileFact | undefined;
  /** The IPv4 address of docker0. */
  readonly docker0?: string | undefined;
}

const givenOf = (entry: Entry | undefined): Given => entry?.before ?? {};

/** Some settings of Docker's daemon; what else is in daemon.json stays. One task of one lab has them. */
export const engineDaemon = (data: Daemon): Wanted<Daemon> => ({ type: 'engine_daemon', scope: HOST, data });

const PATH = '/etc/docker/daemon.json';

function parse(file: FileFact | undefined): Settings | undefined {
  if (file === undefined || file.content.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(file.content);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Settings) : undefined;
  } catch {
    return undefined;
  }
}

/** What is there, with what we had set (once, or before a change that may have been cut off) given back, and what we want. */
function compose(now: Settings, original: Settings, had: readonly Settings[], want: Settings): Settings {
  const isOurs = (key: string, value: unknown): boolean =>
    had.some((settings) => key in settings && isDeepStrictEqual(value, settings[key]));
  const kept = Object.entries(now).filter(([key, value]) => !isOurs(key, value));
  const keys = new Set(had.flatMap((settings) => Object.keys(settings)));
  const back = [...keys].filter((key) => key in original && !kept.some(([name]) => name === key));
  return { ...Object.fromEntries(kept), ...Object.fromEntries(back.map((key) => [key, original[key]])), ...want };
}

const statesOf = (entry: Entry | undefined): Settings[] =>
  entry === undefined ? [] : [entry.data, ...(entry.was ?? [])].map((data) => (data as Daemon).settings);

const show = (value: unknown): string => (value === undefined ? 'unset' : JSON.stringify(value).replaceAll('"', ''));

/** `bip unset -> 192.168.5.1/24`. */
const differences = (from: Settings, to: Settings): string =>
  differing(from, to)
    .map((key) => `${key} ${show(from[key])} -> ${show(to[key])}`)
    .join(', ');

function clash({ world }: Ground, { settings: { bip } }: Daemon): Verdict | undefined {
  if (typeof bip !== 'string') return undefined;
  for (const { name, addresses } of world.nets[HOST]?.links ?? []) {
    const found = addresses.find(({ cidr }) => name !== 'docker0' && overlaps(networkOf(cidr), networkOf(bip)));
    if (!found) continue;
    const message = `bip ${bip} shares addresses with ${found.cidr}, which this host has on ${name}`;
    return refuse('SUBNET_IN_USE', message, 'choose another subnet');
  }
  return undefined;
}

/** The bridge instead of docker0: Docker wants it there, and its rules and ours must not contradict each other. */
function bridged({ world }: Ground, { settings, ours }: Daemon): Verdict | undefined {
  const { bridge, icc } = settings;
  const range = settings['fixed-cidr'];
  if (typeof bridge !== 'string' || bridge === 'none') return undefined;
  const link = findLink(world, HOST, bridge);
  if (link?.kind !== 'bridge') {
    const what = link ? 'is no bridge' : 'is not there';
    return refuse('MISSING_LINK', `${bridge}, which Docker shall use, ${what}`, 'make it with a bridge task before');
  }
  const networks = link.addresses.flatMap(({ cidr }) => (familyOf(cidr) === 4 ? [networkOf(cidr)] : []));
  if (networks.length === 0) {
    return refuse('MISSING_ADDRESS', `${bridge}, which Docker shall use, has no IPv4 address`, 'give it one');
  }
  if (typeof range === 'string' && !networks.some((network) => contains(network, range))) {
    return refuse('FIXED_CIDR_OUTSIDE', `fixed_cidr ${range} is not inside ${networks.join(' or ')} of ${bridge}`);
  }
  if (ours !== true || icc !== false) return undefined;
  const hint = `let Docker close docker0, or plug containers into ${bridge} by "networks", and say icc: false there`;
  return refuse('CONFLICT', `Docker cannot close ${bridge}, to which the lab's own rules apply`, hint);
}

/** Docker's daemon does not start where a setting is both in the file and on its command line. */
function onCommandLine({ world }: Ground, { settings }: Daemon): Verdict | undefined {
  const flags = world.engines.docker?.flags ?? [];
  const key = Object.keys(settings).find((name) => flags.some((flag) => flag.split('=')[0] === `--${name}`));
  if (key === undefined) return undefined;
  const message = `Docker's daemon has ${key} on its command line already, and refuses it in ${PATH} as well`;
  return refuse('FLAG_CONFLICT', message, 'take it from the service, or from the task');
}

/** Everything that runs under the daemon ends with it, and gets another namespace when it is started again. */
function restarted(world: World, { goesOn, live: liveRestore }: Passage): void {
  const engine = engineOf(world, 'docker');
  world.engines.docker = { ...engine, stale: false, liveRestore, running: goesOn ? engine.running : [] };
  if (goesOn) return;
  for (const { name } of engine.containers) endNamespace(world, name);
  world.engines.docker.containers = engine.containers.map((one) => ({ ...one, status: 'exited', sandboxes: [] }));
}

/** Docker reads it anew without a word, and then does not start any more. */
function inSwarm({ world }: Ground, { settings }: Daemon): Verdict | undefined {
  const { manager = false, worker = false } = world.engines.docker ?? {};
  if (settings['live-restore'] !== true || !(manager || worker)) return undefined;
  const message = "Docker's daemon does not start with live-restore in a swarm, and this host is in one";
  return refuse('CONFLICT', message, 'leave out live_restore, or leave the swarm');
}

type Docker0 = Extract<Command, { do: 'daemon' }>['docker0'];

/** What Docker's docker0 becomes: it goes where another bridge takes its place. */
const docker0Of = (now: Settings, target: Settings): Docker0 => {
  if (!differing(now, target).some((key) => OF_DOCKER0.includes(key))) return 'kept';
  return target.bridge === undefined || target.bridge === now.bridge ? 'anew' : 'gone';
};

const isMoved = ({ bip, bridge }: Settings): boolean => bip !== undefined || bridge !== undefined;

/**
 * Docker remembers the address of its docker0 beyond the setting, and forgets it only for another one: of a bip, or one
 * that it took from a pool of ours when docker0 was made anew.
 */
function between(now: Settings, target: Settings, { docker0 }: Given, world: World): Settings | undefined {
  if (docker0 === undefined || isMoved(target)) return undefined;
  const pooled = now[POOLS] !== undefined && target[POOLS] === undefined && addressOfDocker0(world) !== docker0;
  return isMoved(now) || pooled ? { ...target, bip: docker0 } : undefined;
}

const POOLS = 'default-address-pools';

const addressOfDocker0 = (world: World): string | undefined =>
  findLink(world, HOST, 'docker0')?.addresses.find(({ cidr }) => familyOf(cidr) === 4)?.cidr;

interface Passing {
  readonly verb: '~' | '-';
  readonly now: Settings;
  readonly target: Settings;
  readonly file: FileFact | undefined;
  readonly given: Given;
}

function change({ verb, now, target, file, given }: Passing, { restart: stops }: Daemon, ground: Ground): Verdict {
  const { world, lab } = ground;
  const wish = {
    now,
    target,
    file,
    stops,
    docker0: docker0Of(now, target),
    between: between(now, target, given, world),
  };
  const way = passage(engineOf(world, 'docker'), lab, wish);
  if ('refused' in way) return way.refused;
  const why = isDeepStrictEqual(now, target) ? 'is newer than the daemon' : differences(now, target);
  const effect = (after: World): void => {
    if (file === undefined) delete after.files[PATH];
    else after.files[PATH] = file;
    restarted(after, way);
  };
  return [{ verb, what: 'daemon.json', why: `${why}; ${way.words}`, commands: way.commands, effect }];
}

export const engineDaemonType: ObjectType<Daemon> = {
  type: 'engine_daemon',
  volatile: false,
  shared: false,
  id: () => 'docker',
  reads: () => [
    { fact: 'file', path: PATH },
    { fact: 'daemon', runtime: 'docker' },
  ],
  diff({ data }, ground) {
    const { world, entry, others } = ground;
    const trouble = engineTrouble(world, 'docker');
    if (trouble) return trouble;
    if (others[0] !== undefined) {
      const { lab } = others[0];
      return refuse(
        'FOREIGN_OBJECT',
        `the lab "${lab}" of this host has the settings of Docker's daemon`,
        `leave them to it, or take it down: netwright destroy --lab ${lab}`,
      );
    }
    const found = world.files[PATH];
    const now = parse(found);
    if (!now) return refuse('BAD_FILE', `${PATH} is there, and no JSON object`, 'mend it by hand');
    const given = givenOf(entry);
    const original = entry === undefined ? now : (parse(given.file) ?? {});
    const target = compose(now, original, statesOf(entry), data.settings);
    const isSame = isDeepStrictEqual(now, target);
    if (isSame && world.engines.docker?.stale !== true) return [];
    const refused =
      onCommandLine(ground, data) ?? inSwarm(ground, data) ?? clash(ground, data) ?? bridged(ground, data);
    if (refused) return refused;
    const file = isSame && found ? found : { content: render(target), mode: found?.mode ?? '0644' };
    return change({ verb: '~', now, target, file, given }, data, ground);
  },
  before(_, { world, entry }) {
    if (entry !== undefined) return { before: entry.before };
    return { before: { file: world.files[PATH], docker0: addressOfDocker0(world) } };
  },
  remove(entry, ground) {
    const { data } = entry;
    const { world } = ground;
    const given = givenOf(entry);
    const found = world.files[PATH];
    const now = parse(found);
    if (!found || !now) return [];
    const original = parse(given.file) ?? {};
    const target = compose(now, original, statesOf(entry), {});
    if (isDeepStrictEqual(now, target)) return [];
    const refused = engineTrouble(world, 'docker');
    if (refused) return refused;
    const isOriginal = isDeepStrictEqual(target, original);
    const file = isOriginal ? given.file : { content: render(target), mode: found.mode };
    return change({ verb: '-', now, target, file, given }, data, ground);
  },
};
