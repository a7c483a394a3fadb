import type { Problem } from '../error.ts';
import { readKey, type Read } from '../facts/world.ts';
import { objectTypes } from '../objects/index.ts';
import { objectKey, type ObjectType, type Wanted } from '../object.ts';
import type { At } from '../source.ts';
import type { Context, Declarative, Endpoint, Name, Peer, Service } from '../task.ts';
import {
  assignAddresses,
  sharedOf,
  type Assigned,
  type Attachment,
  type HeldAddresses,
  type Shared,
} from '../topology.ts';

/** A declarative task of one host with its options typed. */
export interface LabTask {
  /** Unique within the host's run, stable between runs. */
  readonly key: string;
  readonly kind: Declarative;
  readonly args: Args;
  /** Where its options stand. */
  readonly at: At;
  /** Its name, with the loop item. */
  readonly title: string;
  readonly adopt: boolean;
  /** `no_log`: nothing of what it changes is shown. */
  readonly secret?: boolean | undefined;
  /** Which condition was false; such a task keeps its place in the address plan. */
  readonly skipped?: string | undefined;
  /** The hosts of a group of the inventory. */
  readonly peers?: ((group: string) => readonly Peer[] | undefined) | undefined;
}

// The options of a kind have that kind's own type; between kinds only this much is common.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Args = any;

const TYPES = new Map(objectTypes.map((type) => [type.type, type]));

export function typeOf(name: string): ObjectType {
  const type = TYPES.get(name);
  if (!type) throw new TypeError(`no object type ${name}`);
  return type;
}

export const keyOf = (wanted: Wanted): string => objectKey(typeOf(wanted.type), wanted);

export const isAbsent = ({ args }: LabTask): boolean => (args as { state?: string }).state === 'absent';

/** A skipped task gives way to one that is about the same thing, such as the other of two opposite conditions. */
export function effective(tasks: readonly LabTask[]): LabTask[] {
  const identityOf = ({ kind, args }: LabTask): string => kind.identity(args);
  const done = new Set(tasks.filter(({ skipped }) => skipped === undefined).map(identityOf));
  return tasks.filter((task) => {
    if (task.skipped === undefined) return true;
    const isFirst = !done.has(identityOf(task));
    done.add(identityOf(task));
    return isFirst;
  });
}

/** The namespace of a lab's container. */
export const scopeOf = (lab: string, container: string): string => `${lab}-${container}`;

/** That of the container itself, or of the one whose network it shares; nobody shares in circles for long. */
function namespaceOf(lab: string, container: string, names: ReadonlyMap<string, Name>): string {
  let name = container;
  for (let step = 0; step < names.size; step++) {
    const network = names.get(name)?.network;
    if (network === 'host') return '';
    name = network ?? name;
  }
  return scopeOf(lab, name);
}

export interface LabContext {
  readonly context: Context;
  readonly problems: readonly Problem[];
  readonly assigned: ReadonlyMap<string, Assigned>;
  /** The containers of this host, for the other hosts' `reach`. */
  readonly endpoints: readonly Endpoint[];
  /** What this host has on segments that it shares with others. */
  readonly shared: readonly Shared[];
}

/** The address plan of one host, and what its tasks may know. */
export function contextOf(
  lab: string,
  host: string,
  tasks: readonly LabTask[],
  held: ReadonlyMap<string, HeldAddresses>,
  everywhere: () => readonly Endpoint[] = () => [],
): LabContext {
  const present = effective(tasks).filter((task) => !isAbsent(task));
  const located = <T>(values: (task: LabTask) => T[] | undefined) =>
    present.flatMap((task) => (values(task) ?? []).map((value) => ({ value, at: task.at })));
  const segments = located((task) => task.kind.segments?.(task.args));
  const attachments = located((task) => task.kind.attachments?.(task.args));
  const { assigned, problems } = assignAddresses(lab, segments, attachments, held, host);
  const endpoints = new Map<string, string[]>();
  // Of those that are skipped, only who holds an address has ever been there.
  const holders = new Set([...held.keys()].map((key) => key.split('/')[0]));
  for (const task of present) {
    for (const { type, name } of task.kind.provides?.(task.args, lab) ?? []) {
      if (type === 'container' && (task.skipped === undefined || holders.has(name))) endpoints.set(name, []);
    }
  }
  for (const { value } of attachments) {
    endpoints.get(value.container)?.push(...(assigned.get(`${value.container}/${value.interface}`)?.addresses ?? []));
  }
  const own = [...endpoints].map(([name, addresses]) => ({ host, name, addresses }));
  const provided = present.flatMap((task) => task.kind.provides?.(task.args, lab) ?? []);
  const names = new Map(provided.flatMap((one) => (one.type === 'container' ? [[one.name, one]] : [])));
  const byContainer = new Map<string, Attachment[]>();
  for (const { value } of attachments) {
    const others = byContainer.get(value.container);
    if (others) others.push(value);
    else byContainer.set(value.container, [value]);
  }
  const attachmentsOf = (container: string) => byContainer.get(container) ?? [];
  const services = new Map(
    present
      .filter(({ skipped }) => skipped === undefined)
      .flatMap((task) => task.kind.services?.(task.args) ?? [])
      .map((service) => [service.container, service]),
  );
  const linked = linkedSegments(services, (container) => attachmentsOf(container).flatMap((one) => one.segment ?? []));
  const context: Context = {
    lab,
    host,
    assigned: (container, name) =>
      assigned.get(`${container}/${name}`) ?? { addresses: [], mac: '', gateways: [], notes: [] },
    scope: (container) => (container === undefined ? '' : namespaceOf(lab, container, names)),
    engine: (container) => names.get(container)?.engine,
    segment: (name) => {
      const found = segments.find(({ value }) => value.name === name)?.value;
      const filtered = found?.isolated === true && linked.has(name);
      return found && { ...found, isolated: found.isolated === true && !filtered, filtered };
    },
    attachments: attachmentsOf,
    service: (container) => services.get(container),
    peers: (group) => tasks.find(({ peers }) => peers !== undefined)?.peers?.(group),
    containers: () => [...own, ...everywhere().filter((endpoint) => endpoint.host !== host)],
  };
  return { context, problems, assigned, endpoints: own, shared: sharedOf(host, segments, attachments, assigned) };
}

/** The segments on which a link opens something. */
function linkedSegments(
  services: ReadonlyMap<string, Service>,
  segmentsOf: (container: string) => readonly string[],
): Set<string> {
  const open = [...services.values()].flatMap(({ container, links }) =>
    links
      .filter((target) => (services.get(target)?.expose.length ?? 0) > 0)
      .flatMap((target) => segmentsOf(target).filter((segment) => segmentsOf(container).includes(segment))),
  );
  return new Set(open);
}

/** Everything that has to be looked at before these tasks can be planned. Addresses do not matter for it. */
export function readsOf(lab: string, host: string, tasks: readonly LabTask[]): Read[] {
  // Who is skipped may be there all the same, which only the ledger knows.
  const all = effective(tasks).map((task) => ({ ...task, skipped: undefined }));
  const { context, problems } = contextOf(lab, host, all, new Map());
  if (problems.length > 0) return [];
  const reads = new Map<string, Read>();
  for (const task of tasks) {
    const wants = isAbsent(task) ? [] : task.kind.objects(task.args, context);
    for (const read of wants.flatMap((wanted) => typeOf(wanted.type).reads(wanted))) reads.set(readKey(read), read);
  }
  return [...reads.values()];
}
