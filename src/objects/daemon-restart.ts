import { isDeepStrictEqual } from 'node:util';
import type { Command } from '../command.ts';
import type { Engine } from '../facts/engine.ts';
import type { FileFact } from '../facts/world.ts';
import { refuse, type Verdict } from '../object.ts';

export type Settings = Readonly<Record<string, unknown>>;

type DaemonCommand = Extract<Command, { do: 'daemon' }>;

/** How Docker's daemon comes to a file: what is done, whether containers go on meanwhile, and how a plan tells of it. */
export interface Passage {
  readonly commands: readonly Command[];
  readonly goesOn: boolean;
  /** Of live-restore, afterwards. */
  readonly live: boolean;
  readonly words: string;
}

interface Wish {
  readonly now: Settings;
  readonly target: Settings;
  /** The target as it will be on disk; none, if there shall be no file. */
  readonly file: FileFact | undefined;
  readonly docker0: DaemonCommand['docker0'];
  /** Settings that it had at first, between the two: Docker remembers what is in there. */
  readonly between: Settings | undefined;
  /** Containers of others may be stopped. */
  readonly stops: boolean;
}

/** With this, containers go on while the daemon does not run. It alone takes effect without a restart. */
const LIVE = 'live-restore';

/** Differences that docker0 itself has to follow. */
export const OF_DOCKER0: readonly string[] = ['bip', 'bridge', 'ipv6', 'fixed-cidr-v6', 'mtu'];
/** And those that Docker heeds only when it makes the network of docker0, which it does not while a container runs. */
const OF_ITS_NETWORK: readonly string[] = [...OF_DOCKER0, 'fixed-cidr', 'icc', 'ip', 'ip-masq'];

export const render = (settings: Settings): string => `${JSON.stringify(settings, undefined, 2)}\n`;

export const differing = (from: Settings, to: Settings): string[] =>
  [...new Set([...Object.keys(to), ...Object.keys(from)])].filter((key) => !isDeepStrictEqual(from[key], to[key]));

const step = (file: FileFact | undefined, how: DaemonCommand['how'], more: Partial<DaemonCommand> = {}): Command => ({
  ...{ do: 'daemon', content: file?.content ?? '', mode: file?.mode ?? '', docker0: 'kept', how },
  ...more,
});

/** The daemon is told to read live-restore anew. A setting that is gone it does not heed, so off is said before. */
const switched = (settings: Settings, live: boolean): Command =>
  step({ content: render({ ...settings, [LIVE]: live }), mode: '0644' }, 'reread', { live });

const sayOff = (target: Settings, file: FileFact | undefined): Command[] =>
  target[LIVE] === false ? [] : [step(file, 'noted')];

/** How it may come about, or whose containers would stop. */
export function passage(engine: Engine, lab: string, wish: Wish): Passage | { readonly refused: Verdict } {
  const { now, target, file, docker0, between, stops } = wish;
  const before = engine.liveRestore;
  const after = LIVE in target ? target[LIVE] === true : !(LIVE in now) && before;
  const keys = differing(now, target).filter((key) => key !== LIVE);
  if (keys.length === 0 && !engine.stale) {
    const said = after ? [step(file, 'reread', { live: after })] : [switched(target, false), ...sayOff(target, file)];
    return { commands: said, goesOn: true, live: after, words: 'without a restart' };
  }
  const others = engine.running.filter((one) => one.lab !== lab).map(({ name }) => name);
  const restart = (settings?: FileFact, kept = docker0): Command =>
    step(settings ?? file, 'restart', { docker0: kept });
  const detour = between ? [restart({ content: render(between), mode: '0644' }, 'anew')] : [];
  const network = keys.filter((key) => OF_ITS_NETWORK.includes(key));
  const plain = [...detour, restart()];
  if (stops || others.length === 0) {
    // They would keep docker0 as it is.
    const isHeld = before && network.length > 0 && engine.running.length > 0;
    const commands = [...(isHeld ? [switched(now, false)] : []), ...plain];
    return { commands, goesOn: before && after && !isHeld, live: after, words: 'restarts Docker' };
  }
  const words = 'restarts Docker, and containers go on';
  if (network.length > 0) return { refused: wouldStop(others, before || after ? network : []) };
  if (after)
    return { commands: [...(before ? [] : [switched(now, true)]), ...plain], goesOn: true, live: after, words };
  if (!before) return { refused: wouldStop(others, []) };
  const on = { content: render({ ...target, [LIVE]: true }), mode: '0644' };
  return {
    commands: [restart(on), switched(target, false), ...sayOff(target, file)],
    goesOn: true,
    live: after,
    words,
  };
}

const wouldStop = (others: readonly string[], network: readonly string[]): Verdict =>
  refuse(
    'WOULD_STOP',
    network.length === 0
      ? `a restart of Docker's daemon would stop containers that are not ours: ${others.join(', ')}`
      : `Docker heeds ${network.join(', ')} only while no container runs, and there are some that are not ours: ${others.join(', ')}`,
    network.length === 0
      ? 'say "restart: true" if that may be, or "live_restore: true", with which they go on'
      : 'say "restart: true" if they may be stopped, or stop them before',
  );
