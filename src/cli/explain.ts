import type { Command } from 'commander';
import { knownKinds } from './kinds.ts';
import { NetwrightError, suggestion, type Problem } from '../error.ts';
import type { Layer } from '../inventory.ts';
import { Pending, setsOf, type Resolver } from '../resolve.ts';
import { placeOf, Unsafe, Vaulted } from '../source.ts';
import { inventoryFlags, loadOptions, type Flags } from './flags.ts';
import { loadResolver } from './load.ts';
import { secrets } from './secrets.ts';

/** Adds `explain`, which says where a variable has its value from. */
export const addExplain = (command: Command): void => {
  inventoryFlags(command)
    .argument('<host.variable>', 'such as web1.mtu')
    .argument('[playbook]', 'whose variables count as well')
    .option('--ssh-config <file>', 'an ssh_config, for its hosts where there is no -i')
    .option('--json', 'one JSON object')
    .action((asked: string, playbook: string | undefined, flags: Flags) => {
      const [, host, name] = /^(.+)\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(asked) ?? [];
      if (host === undefined || name === undefined) {
        throw new NetwrightError({ code: 'BAD_OPTION', message: `"${asked}" is not HOST.VARIABLE, such as web1.mtu` });
      }
      const { resolver, problems } = loadResolver(playbook, host, { kinds: knownKinds(), ...loadOptions(flags) });
      // Where no playbook was named, there is no place to show.
      if (problems.length > 0) throw new NetwrightError(playbook === undefined ? problems.map(placeless) : problems);
      const found = explained(resolver, host, name);
      const text = flags.json ? JSON.stringify({ host, name, ...found }) : lines(asked, found);
      process.stdout.write(`${text}\n`);
    });
};

const placeless = ({ place, ...problem }: Problem): Problem =>
  place?.file.startsWith('pattern ') === true ? problem : { ...problem, place };

interface Origin {
  readonly from: string;
  /** As it was written. */
  readonly value: unknown;
}

interface Explained {
  readonly value?: unknown;
  /** Why the value is not known. */
  readonly unknown?: string;
  /** The strongest first: its value is the one that counts. */
  readonly origins: readonly Origin[];
  /** Tasks that give it another value while the play runs. */
  readonly later: readonly string[];
}

/** In the last play that the host is in: the later ones of a playbook have all that the earlier ones have. */
function explained(resolver: Resolver, host: string, name: string): Explained {
  const play = resolver.plays.findLast(({ hosts }) => hosts.includes(host));
  if (play === undefined) {
    throw new NetwrightError({
      code: 'UNKNOWN_HOST',
      message: `no play is for ${host}`,
      hint: suggestion(host, resolver.hosts),
    });
  }
  const scope = resolver.variables(play.index, host);
  const layers = resolver.origins(play.index, host, name).toReversed();
  const later = play.raw.tasks.flatMap(({ at, register, kind, args }) =>
    register === name || name in setsOf(kind, args) ? [shownPlace(placeOf(at))] : [],
  );
  if (scope.binding(name) === undefined && later.length === 0) {
    throw new NetwrightError({
      code: 'UNDEFINED_VARIABLE',
      message: `${host} has no variable "${name}"`,
      hint: suggestion(name, scope.names()) ?? `netwright inventory --host ${host} shows what it has`,
    });
  }
  const known = { origins: layers.map((layer) => originOf(layer, name)), later };
  try {
    const value = scope.get(name);
    if (scope.binding(name) === undefined) return { unknown: 'a task gives it a value while it runs', ...known };
    return { value: closed(value), ...known };
  } catch (error) {
    if (error instanceof Pending) return { unknown: error.message, ...known };
    if (error instanceof NetwrightError) return { unknown: secrets.blank(error.problems[0]!.message), ...known };
    throw error;
  }
}

function originOf({ name: layer, vars }: Layer, name: string): Origin {
  const { at, value } = vars.get(name)!;
  return { from: at ? shownPlace(placeOf(at, [], 'key')) : layer, value: closed(value) };
}

/** A value for everybody's eyes. */
function closed(value: unknown): unknown {
  if (value instanceof Vaulted) return '***';
  if (value instanceof Unsafe) return closed(value.text);
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value === 'number') return secrets.isIn(value) ? '***' : value;
  if (typeof value !== 'object' || value === null) return secrets.clean(value);
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
}

const shownPlace = ({ file, line, column }: { file: string; line: number; column: number }): string =>
  `${file}:${line}:${column}`;

function lines(asked: string, { value, unknown, origins, later }: Explained): string {
  const width = Math.max(0, ...origins.map(({ from }) => from.length));
  const head = unknown === undefined ? `${asked} is ${shown(value)}` : `${asked} is not known: ${unknown}`;
  const own = origins.map(
    ({ from, value: written }, index) => `  ${index === 0 ? 'from' : 'over'}  ${from.padEnd(width)}  ${shown(written)}`,
  );
  const itself = origins.length === 0 && later.length === 0 ? ['  from  the run itself'] : [];
  return [head, ...own, ...itself, ...later.map((place) => `  then  ${place}  a task sets it`)].join('\n');
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
