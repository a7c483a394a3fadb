import type { Command, Scope } from '../command.ts';
import { setForwarding } from '../facts/effects.ts';
import { sysctlFact, type Family, type World } from '../facts/world.ts';
import type { Change, ObjectType, Wanted } from '../object.ts';
import { refuse } from '../object.ts';

interface Forwarding {
  readonly family: Family;
  readonly on: boolean;
}

/** What a write of the switch also changes, kept to be given back. */
interface Snapshot {
  readonly on: boolean;
  /** Interfaces (and `default`) whose own value is not the switch's. */
  readonly except: readonly string[];
  readonly acceptRedirects?: string | undefined;
  /** `accept_ra` of the interfaces whose default route a router advertised. */
  readonly acceptRa?: Readonly<Record<string, string>>;
}

/** Whether a namespace forwards packets of a family: `net.ipv4.ip_forward`, `net.ipv6.conf.all.forwarding`. */
export const forwarding = (scope: Scope, family: Family, on: boolean): Wanted<Forwarding> => ({
  type: 'forwarding',
  scope,
  data: { family, on },
});

const SWITCH = { 4: 'net/ipv4/ip_forward', 6: 'net/ipv6/conf/all/forwarding' } as const;
const REDIRECTS = 'net/ipv4/conf/all/accept_redirects';
const ofInterface = (family: Family, name: string): string => `net/ipv${family}/conf/${name}/forwarding`;

/** The kernel parameters that stand for this object; `sysctl` tasks on them become one of these. */
export function forwardingFamily(key: string): Family | undefined {
  if (key === SWITCH[4] || key === 'net/ipv4/conf/all/forwarding') return 4;
  return key === SWITCH[6] ? 6 : undefined;
}

const digit = (on: boolean): string => (on ? '1' : '0');

const acceptRaOf = (name: string): string => `net/ipv6/conf/${name}/accept_ra`;

/**
 * A forwarding host drops the default routes that routers advertised, unless the interface accepts advertisements all
 * the same (accept_ra 2; the article, section IPv6).
 */
function advertised(world: World, scope: Scope): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { family, to, protocol, dev } of world.nets[scope]?.routes ?? []) {
    const value = dev === undefined ? undefined : sysctlFact(world, scope, acceptRaOf(dev));
    // With 0 another program than the kernel listens to routers, and 2 is what we want.
    if (family === 6 && to === 'default' && protocol === 'ra' && value === '1') found[dev!] = value;
  }
  return found;
}

function snapshot(world: World, scope: Scope, family: Family): Snapshot {
  const found = world.nets[scope]?.forwarding[family] ?? {};
  const on = found.all ?? false;
  return {
    on,
    except: Object.keys(found).filter((name) => name !== 'all' && found[name] !== on),
    ...(family === 4
      ? { acceptRedirects: sysctlFact(world, scope, REDIRECTS) }
      : { acceptRa: advertised(world, scope) }),
  };
}

/** Writes the switch, and then again what the kernel overwrote with it. */
function restore(scope: Scope, family: Family, given: Snapshot, world: World): Command[] {
  const here = world.nets[scope]?.forwarding[family] ?? {};
  const set = (key: string, value: string): Command => ({ do: 'sysctl', scope, key, value });
  return [
    set(SWITCH[family], digit(given.on)),
    ...given.except.filter((name) => name in here).map((name) => set(ofInterface(family, name), digit(!given.on))),
    ...(given.acceptRedirects === undefined ? [] : [set(REDIRECTS, given.acceptRedirects)]),
    ...Object.entries(given.acceptRa ?? {})
      .filter(([name]) => name in here)
      .map(([name, value]) => set(acceptRaOf(name), value)),
  ];
}

function switchTo(scope: Scope, family: Family, on: boolean, given: Snapshot): Command[] {
  const first = on ? Object.keys(given.acceptRa ?? {}) : [];
  return [
    ...first.map((name): Command => ({ do: 'sysctl', scope, key: acceptRaOf(name), value: '2' })),
    { do: 'sysctl', scope, key: SWITCH[family], value: digit(on) },
  ];
}

function write(scope: Scope, family: Family, on: boolean, given: Snapshot, world: World, back: boolean): Change {
  return {
    verb: '~',
    what: 'ip_forward',
    why: `${digit(!on)} -> ${digit(on)}`,
    of: `IPv${family}`,
    commands: back ? restore(scope, family, given, world) : switchTo(scope, family, on, given),
    undo: back ? switchTo(scope, family, !on, given) : restore(scope, family, given, world),
    effect: (after) => {
      setForwarding(after, scope, family, on);
      for (const [name, value] of Object.entries(given.acceptRa ?? {})) {
        after.sysctls[`${scope} ${acceptRaOf(name)}`] = back ? value : '2';
      }
      if (!back) return;
      for (const name of given.except) after.nets[scope]!.forwarding[family][name] = !on;
      if (given.acceptRedirects !== undefined) after.sysctls[`${scope} ${REDIRECTS}`] = given.acceptRedirects;
    },
  };
}

/** What only a part of our writes has changed, or a part of giving it back has not: what is not as it was, and is ours. */
function rest(scope: Scope, family: Family, given: Snapshot, world: World): Change[] {
  const here = world.nets[scope]?.forwarding[family] ?? {};
  const redirects = sysctlFact(world, scope, REDIRECTS);
  const values = [
    ...given.except
      .filter((name) => here[name] === given.on)
      .map((name) => [ofInterface(family, name), digit(given.on), digit(!given.on)] as const),
    ...(given.acceptRedirects === undefined || redirects === undefined || redirects === given.acceptRedirects
      ? []
      : [[REDIRECTS, redirects, given.acceptRedirects] as const]),
    ...Object.entries(given.acceptRa ?? {})
      .filter(([name]) => sysctlFact(world, scope, acceptRaOf(name)) === '2')
      .map(([name, value]) => [acceptRaOf(name), '2', value] as const),
  ];
  if (values.length === 0) return [];
  const change: Change = {
    verb: '~',
    what: 'ip_forward',
    why: 'give back what was changed with it',
    of: `IPv${family}`,
    commands: values.map(([key, , value]) => ({ do: 'sysctl', scope, key, value })),
    undo: values.map(([key, found]) => ({ do: 'sysctl', scope, key, value: found })),
    effect: (after) => {
      for (const name of given.except) if (name in here) after.nets[scope]!.forwarding[family][name] = !given.on;
      for (const [key, , value] of values) after.sysctls[`${scope} ${key}`] = value;
    },
  };
  return [change];
}

export const forwardingType: ObjectType<Forwarding> = {
  type: 'forwarding',
  volatile: true,
  shared: true,
  id: ({ family }) => `${family}`,
  reads: ({ scope }) => [
    { fact: 'net', scope },
    ...(scope === '' ? [{ fact: 'sysctl', scope, key: REDIRECTS } as const, { fact: 'accept_ra' } as const] : []),
  ],
  diff({ scope, data: { family, on } }, { world, others, ownNamespace }) {
    const rival = others.find(({ data }) => (data as Forwarding).on !== on);
    if (rival !== undefined) {
      return refuse('CONTRADICTION', `the lab "${rival.lab}" wants IPv${family} forwarding ${on ? 'off' : 'on'}`);
    }
    const found = world.nets[scope]?.forwarding[family].all;
    if (found === on) return [];
    const given = snapshot(world, scope, family);
    const change = write(scope, family, on, given, world, false);
    // A new namespace inherits its value from elsewhere, so it is written and not worth a line.
    return [found === undefined && ownNamespace(scope) ? { ...change, verb: '+', why: '' } : change];
  },
  before({ scope, data: { family, on } }, { world, entry, others, ownNamespace }) {
    if (ownNamespace(scope)) return {};
    if (entry !== undefined) return { before: entry.before };
    const first = others[0];
    if (first !== undefined) return { before: first.before };
    const given = snapshot(world, scope, family);
    return given.on === on ? 'foreign' : { before: given };
  },
  remove({ scope, data: { family, on }, before }, { world, others }) {
    const found = world.nets[scope]?.forwarding[family].all;
    const given = before as Snapshot | undefined;
    if (found === undefined || given === undefined || given.on === on || others.length > 0) return [];
    if (found === given.on) return rest(scope, family, given, world);
    return [write(scope, family, given.on, given, world, true)];
  },
};
