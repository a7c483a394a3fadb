import { isDeepStrictEqual } from 'node:util';
import { suggestion, type Problem } from '../error.ts';
import type { Wanted } from '../object.ts';
import { placeOf, type At } from '../source.ts';
import type { Kind, Reference } from '../task.ts';
import { checkTopology } from '../topology.ts';
import { contextOf, effective, isAbsent, keyOf, typeOf, type LabTask } from './context.ts';

/** A task that refers to names: declarative ones and procedural ones alike. */
export interface Referring {
  readonly kind: Kind;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly args: any;
  readonly at: At;
}

/** Names that count as there although no sound task of the host makes anything of that name. */
interface Names {
  /** Of all hosts' containers, for those that may be anywhere. */
  readonly everywhere?: ReadonlySet<string>;
  /** What a task that is wrong may make. */
  readonly open?: ReadonlySet<string>;
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Everything about one host's tasks that can be known without the host: names that nobody provides, two tasks that
 * own one thing, needs that contradict each other, and the address plan.
 */
export function checkLab(
  lab: string,
  host: string,
  tasks: readonly LabTask[],
  referring: readonly Referring[],
  names: Names = {},
): Problem[] {
  const present = effective(tasks).filter((task) => !isAbsent(task));
  const located = <T>(values: (task: LabTask) => T[] | undefined) =>
    present.flatMap((task) => (values(task) ?? []).map((value) => ({ value, at: task.at })));
  const structure = [
    ...checkReferences(lab, present, referring, names),
    ...checkGroups(host, present, referring),
    ...checkIdentities(effective(tasks)),
    ...checkTopology(
      located((task) => task.kind.segments?.(task.args)),
      located((task) => task.kind.attachments?.(task.args)),
    ),
  ];
  // What a task wants can be asked only when its names and addresses make sense.
  if (structure.length > 0) return structure;
  const { context } = contextOf(lab, host, tasks, new Map());
  return checkOwners(present.map((task) => [task, task.kind.objects(task.args, context)]));
}

function checkReferences(
  lab: string,
  present: readonly LabTask[],
  referring: readonly Referring[],
  { everywhere = NOBODY, open = NOBODY }: Names,
): Problem[] {
  const provided = present.flatMap((task) => task.kind.provides?.(task.args, lab) ?? []);
  const known = ({ type, name, anywhere }: Reference): boolean =>
    provided.some((other) => other.type === type && other.name === name) ||
    (anywhere === true && everywhere.has(name)) ||
    open.has(name);
  return referring.flatMap(({ kind, args, at }) =>
    ((args as { state?: string }).state === 'absent' ? [] : (kind.references?.(args) ?? []))
      .filter((reference) => reference.type !== 'group' && !known(reference))
      .map(({ type, name, path }) => {
        const own = provided.filter((other) => other.type === type).map((other) => other.name);
        const outside = type !== 'container' ? ' If it is there already, say "external: true".' : '';
        return {
          code: `UNKNOWN_${type.toUpperCase()}`,
          message: `${kind.kind}: no task of this host makes a ${type} "${name}"`,
          hint:
            (suggestion(name, [...own, ...open]) ??
              (own.length > 0
                ? `there is ${own.slice(0, 8).join(', ')}${outside === '' ? '' : '.'}`
                : `add a ${type === 'network' ? 'docker_network' : type} task${outside === '' ? '' : '.'}`)) + outside,
          place: placeOf(at, path),
        };
      }),
  );
}

/** A task for a group of the inventory is for every host of it, each with an address. */
function checkGroups(host: string, present: readonly LabTask[], referring: readonly Referring[]): Problem[] {
  const peers = present.find((task) => task.peers !== undefined)?.peers;
  return referring.flatMap(({ kind, args, at }) =>
    (kind.references?.(args) ?? []).flatMap(({ type, name, path }): Problem[] => {
      if (type !== 'group') return [];
      const members = peers?.(name);
      const place = placeOf(at, path);
      if (!members) {
        const message = `${kind.kind}: the inventory has no group "${name}"`;
        return [{ code: 'UNKNOWN_GROUP', message, hint: 'name one of its groups, or all', place }];
      }
      if (!members.some((member) => member.host === host)) {
        const message = `${kind.kind}: ${host} is not in the group "${name}"`;
        return [{ code: 'UNKNOWN_GROUP', message, hint: 'let the play be for this group', place }];
      }
      const lost = members.filter(({ address }) => address === undefined).map((member) => member.host);
      if (lost.length === 0) return [];
      const hint = 'give each ansible_host, or a variable "underlay", with the address at which the others meet it';
      return [{ code: 'NO_ADDRESS', message: `${kind.kind}: ${lost.join(', ')} has no address`, hint, place }];
    }),
  );
}

function checkIdentities(tasks: readonly LabTask[]): Problem[] {
  const seen = new Map<string, LabTask>();
  const problems: Problem[] = [];
  for (const task of tasks) {
    const identity = task.kind.identity(task.args);
    const first = seen.get(identity);
    seen.set(identity, first ?? task);
    // Also to take a thing away and to make it again: no state of the host could be both.
    if (first) problems.push(quarrel(identity, first, task));
  }
  return problems;
}

function checkOwners(wants: readonly (readonly [LabTask, readonly Wanted[]])[]): Problem[] {
  const owners = new Map<string, readonly [LabTask, Wanted]>();
  const links = new Map<string, LabTask>();
  const problems: Problem[] = [];
  for (const [task, objects] of wants) {
    for (const wanted of objects) {
      const taken = linksOf(wanted).find((link) => (links.get(link) ?? task) !== task);
      for (const link of linksOf(wanted)) links.set(link, links.get(link) ?? task);
      if (taken !== undefined) {
        problems.push(quarrel(taken, links.get(taken)!, task));
        continue;
      }
      const key = keyOf(wanted);
      const first = owners.get(key);
      if (wanted.weak === true && first) continue;
      if (!first || first[1].weak === true) {
        owners.set(key, [task, wanted]);
        continue;
      }
      const [other, before] = first;
      if (typeOf(wanted.type).shared && isDeepStrictEqual(before.data, wanted.data)) continue;
      if (other === task) continue;
      problems.push(typeOf(wanted.type).shared ? contradiction(key, other, task) : quarrel(key, other, task));
    }
  }
  return problems;
}

/** The links that an object is; a namespace has but one of a name, whatever its type. */
function linksOf({ type, scope, data }: Wanted): string[] {
  if (type === 'nic') {
    const { into, as } = data as { into: string; as: string };
    return [`${into}/link:${as}`];
  }
  if (!['bridge', 'veth', 'child', 'vxlan'].includes(type)) return [];
  const { name, peer } = data as { name: string; peer?: { scope: string; name: string } };
  return [{ scope, name }, ...(peer ? [peer] : [])].map((end) => `${end.scope}/link:${end.name}`);
}

const quarrel = (what: string, first: LabTask, second: LabTask): Problem => ({
  code: 'TWO_OWNERS',
  message: `two tasks own ${readable(what)}`,
  hint: 'leave it to one of them',
  place: placeOf(second.at),
  other: { note: 'the other is at', place: placeOf(first.at) },
});

const contradiction = (what: string, first: LabTask, second: LabTask): Problem => ({
  code: 'CONTRADICTION',
  message: `two tasks want different values of ${readable(what)}`,
  hint: 'make them agree',
  place: placeOf(second.at),
  other: { note: 'the other is at', place: placeOf(first.at) },
});

/** `lab-web/route:main:4:default:0` in words a person may know. */
function readable(key: string): string {
  const match = /^([^/]*)\/([a-z_]+):(.*)$/.exec(key);
  if (!match) return key;
  const [, scope, type, id] = match;
  return `${type!.replaceAll('_', ' ')} ${id}${scope === '' ? '' : ` in ${scope}`}`;
}
