import { NetwrightError, type Problem } from '../error.ts';
import { selectHosts, type Inventory } from '../inventory.ts';
import type { RawPlay } from '../playbook.ts';
import { placeOf, type At } from '../source.ts';
import type { Scope } from '../template.ts';
import { isOn } from './how.ts';
import type { Renderer } from './render.ts';

/** A play and the hosts that it is for. */
export interface ResolvedPlay {
  readonly index: number;
  readonly raw: RawPlay;
  readonly lab: string;
  readonly name: string;
  /** In the order of its pattern, unless it says another; only those that the limit leaves. */
  readonly hosts: readonly string[];
  /** The same, as far as they go together. */
  readonly batches: readonly (readonly string[])[];
  /** Whether the facts of its hosts are known in it. */
  readonly gathers: boolean;
}

interface Surroundings {
  readonly playbook: string;
  readonly inventory: Inventory;
  /** The hosts that `--limit` leaves; all of them if absent. */
  readonly limit: readonly string[] | undefined;
  readonly renderer: Renderer;
  /** What is known without any host. */
  readonly scope: (play: RawPlay) => Scope;
}

/** Finds the hosts of every play. */
export function resolvePlays(
  plays: readonly RawPlay[],
  { playbook, inventory, limit, renderer, scope }: Surroundings,
): { readonly plays: readonly ResolvedPlay[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const left = limit && new Set(limit);
  const resolved = plays.map((raw, index): ResolvedPlay => {
    const at: At = { source: raw.at.source, path: [...raw.at.path, 'hosts'] };
    const render = (value: unknown, where: At): unknown => {
      try {
        return renderer.value(value, where, scope(raw));
      } catch (error) {
        if (!(error instanceof NetwrightError)) throw error;
        problems.push(...error.problems);
        return undefined;
      }
    };
    const pattern = render(raw.hosts, at);
    const selection =
      pattern === undefined ? undefined : selectHosts(inventory, [pattern].flat().map(String).join(','), placeOf(at));
    problems.push(...(selection?.problems ?? []));
    const name =
      raw.name === undefined ? undefined : renderName(raw.name, () => renderer.value(raw.name, raw.at, scope(raw)));
    const lab = raw.lab ?? labOf(playbook);
    if (!LAB.test(lab)) problems.push(noLabName(lab, raw.at));
    const found = (selection?.hosts ?? []).filter((host) => left === undefined || left.has(host));
    const hosts = ordered(found, raw.order);
    const sizes = raw.serial.map(({ value, at: where }) => sizeOf(render(value, where), hosts.length, where, problems));
    const isAsked = raw.gatherFacts === undefined || isOn(render(raw.gatherFacts.value, raw.gatherFacts.at));
    const gathers = isAsked || raw.tasks.some(({ kind }) => kind.kind === 'setup');
    return { index, raw, lab, name: name ?? raw.hosts, hosts, batches: batchesOf(hosts, sizes), gathers };
  });
  return { plays: resolved, problems };
}

function ordered(hosts: readonly string[], order: RawPlay['order']): readonly string[] {
  switch (order) {
    case 'reverse_inventory':
      return hosts.toReversed();
    case 'sorted':
      return hosts.toSorted();
    case 'reverse_sorted':
      return hosts.toSorted().toReversed();
    case 'shuffle':
      return hosts
        .map((host) => [Math.random(), host] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, host]) => host);
    default:
      return hosts;
  }
}

/** As in Ansible, a percentage is rounded down, and of one host at least. */
function sizeOf(value: unknown, all: number, at: At, problems: Problem[]): number {
  const text = String(value);
  const number = /^\d+%$/.test(text) ? Math.max(1, Math.floor((all * parseInt(text, 10)) / 100)) : Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  if (value !== undefined) {
    const message = `serial: "${text}" is neither a number of hosts nor a percentage`;
    problems.push({ code: 'BAD_FORMAT', message, place: placeOf(at), hint: 'such as 2 or 30%' });
  }
  return all;
}

/** The last size goes on until there is nobody left. */
function batchesOf(hosts: readonly string[], sizes: readonly number[]): readonly (readonly string[])[] {
  if (sizes.length === 0) return hosts.length === 0 ? [] : [hosts];
  const batches: string[][] = [];
  for (let from = 0; from < hosts.length; from += batches.at(-1)!.length) {
    batches.push(hosts.slice(from, from + Math.max(1, sizes[batches.length] ?? sizes.at(-1)!)));
  }
  return batches;
}

const LAB = /^[a-z][a-z0-9-]{0,31}$/;

const noLabName = (lab: string, at: At): Problem => ({
  code: 'BAD_NAME',
  message: `the playbook's file name gives the lab the name "${lab}", which cannot be one`,
  place: placeOf(at),
  hint: 'add lab: to the play, with small letters, digits and "-"',
});

/** By default a lab is named by its playbook's file. */
const labOf = (playbook: string): string => playbook.slice(playbook.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '');

/** A name that cannot be rendered is shown as it is written. */
function renderName(written: string, render: () => unknown): string {
  try {
    return String(render());
  } catch (error) {
    if (error instanceof NetwrightError) return written;
    throw error;
  }
}
