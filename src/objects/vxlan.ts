import { addressOf, familyOf } from '../address.ts';
import { HOST, type Command } from '../command.ts';
import { addLink, changeLink, removeLink } from '../facts/effects.ts';
import { findLink, type World } from '../facts/world.ts';
import type { Change, Ground, ObjectType, Verdict, Wanted } from '../object.ts';
import { holdsName, refuse } from '../object.ts';
import { linkChanges } from './aspects.ts';
import { foreignLink, isOurs, linkAlias } from './marks.ts';

interface Vxlan {
  readonly name: string;
  /** The network's number, the same on every host. */
  readonly id: number;
  /** The UDP port. */
  readonly port: number;
  /** The host's own address under it. */
  readonly local: string;
  readonly mac: string;
  readonly master?: string | undefined;
  /** By default as much as the link under it leaves. */
  readonly mtu?: number | undefined;
  /** What a task wants for the bridge that it is in. */
  readonly bridgeMtu?: number | undefined;
  /** The other hosts, sorted; what is for everyone is sent to each. */
  readonly remotes: readonly string[];
}

/** A VXLAN link of ours (RFC 7348) that finds the other hosts by a list and needs no multicast. */
export const vxlanLink = (data: Vxlan): Wanted<Vxlan> => ({ type: 'vxlan', scope: HOST, data });

/** What VXLAN puts around a packet, Ethernet's header inside included: 50 bytes over IPv4, 70 over IPv6. */
const overhead = (local: string): number => (familyOf(local) === 4 ? 50 : 70);

const ip = (...argv: string[]): Command => ({ do: 'ip', scope: HOST, argv });

const EVERYONE = '00:00:00:00:00:00';

const flood = (verb: 'append' | 'del', dev: string, remote: string): Command => ({
  do: 'run',
  scope: HOST,
  argv: ['bridge', 'fdb', verb, EVERYONE, 'dev', dev, 'dst', remote],
});

/** What fits into the link under it, or why there is none. */
function roomOf(world: World, { local }: Vxlan): number | undefined {
  const under = world.nets[HOST]?.links.find(({ addresses }) =>
    addresses.some(({ cidr }) => addressOf(cidr) === local),
  );
  return under && under.mtu - overhead(local);
}

function add(data: Vxlan, mtu: number, { group, lab }: Ground): Change {
  const { name, id, port, local, mac, remotes } = data;
  const options = ['group', `${group}`, 'mtu', `${mtu}`, 'address', mac];
  return {
    verb: '+',
    what: name,
    why: 'missing',
    commands: [
      ip('link', 'add', 'name', name, ...options, 'type', 'vxlan', 'id', `${id}`, 'dstport', `${port}`, 'local', local),
      ip('link', 'set', 'dev', name, 'alias', linkAlias(lab), 'up'),
      ...remotes.map((remote) => flood('append', name, remote)),
    ],
    undo: [ip('link', 'del', 'dev', name)],
    effect: (world) => {
      const marks = { group, alias: linkAlias(lab) };
      addLink(world, HOST, { name, kind: 'vxlan', mac, mtu, up: true, vxlan: { id, port, local }, ...marks });
      world.floods[name] = [...remotes];
    },
  };
}

/** Plugs it in; a bridge takes no larger packets than all its ports do, and one that has an MTU of its own must be told. */
function plug({ name, master }: Vxlan, mtu: number, { world }: Ground): Change[] {
  const bridge = master === undefined ? undefined : findLink(world, HOST, master);
  if (!bridge) return [];
  const before = findLink(world, HOST, name)?.master;
  const moves = before !== bridge.name;
  const shrinks = bridge.mtu > mtu;
  if (!moves && !shrinks) return [];
  const to = (link: string | undefined): string[] => (link === undefined ? ['nomaster'] : ['master', link]);
  const fit = shrinks ? [ip('link', 'set', 'dev', bridge.name, 'mtu', `${mtu}`)] : [];
  return [
    {
      verb: '~',
      what: name,
      why: moves ? `master ${before ?? 'none'} -> ${bridge.name}` : `mtu of ${bridge.name} ${bridge.mtu} -> ${mtu}`,
      // The bridge first: an MTU that was set stays, and one that only followed its ports would change with them.
      commands: [...fit, ...(moves ? [ip('link', 'set', 'dev', name, ...to(bridge.name))] : [])],
      undo: [
        ...(moves ? [ip('link', 'set', 'dev', name, ...to(before))] : []),
        ...(shrinks ? [ip('link', 'set', 'dev', bridge.name, 'mtu', `${bridge.mtu}`)] : []),
      ],
      effect: (after) => {
        changeLink(after, HOST, name, { master: bridge.name });
        if (shrinks) changeLink(after, HOST, bridge.name, { mtu });
      },
    },
  ];
}

function remoteChanges({ name, remotes }: Vxlan, { world }: Ground): Change[] {
  const found = world.floods[name] ?? [];
  const change = (verb: '+' | '-', remote: string): Change => {
    const [does, undoes] = verb === '+' ? (['append', 'del'] as const) : (['del', 'append'] as const);
    return {
      verb: '~',
      what: name,
      why: `${verb === '+' ? 'reaches' : 'no longer reaches'} ${remote}`,
      commands: [flood(does, name, remote)],
      undo: [flood(undoes, name, remote)],
      effect: (after) => {
        const rest = (after.floods[name] ?? []).filter((other) => other !== remote);
        after.floods[name] = (verb === '+' ? [...rest, remote] : rest).toSorted();
      },
    };
  };
  return [
    ...remotes.filter((remote) => !found.includes(remote)).map((remote) => change('+', remote)),
    ...found.filter((remote) => !remotes.includes(remote)).map((remote) => change('-', remote)),
  ];
}

/** The MTU, or why there cannot be such a link. */
function fit(data: Vxlan, { world }: Ground): number | Verdict {
  const { name, local, mtu, master, remotes, bridgeMtu } = data;
  const room = roomOf(world, data);
  if (room === undefined) {
    const hint = 'say local:, or give the host a variable "underlay" with its address there';
    return refuse('MISSING_ADDRESS', `${name} shall send from ${local}, which this host has not`, hint);
  }
  const other = remotes.find((remote) => familyOf(remote) !== familyOf(local));
  if (other !== undefined) {
    const hint = 'let all hosts meet each other over the same family';
    return refuse('FAMILY_MISMATCH', `${name} sends from ${local} and cannot reach ${other}`, hint);
  }
  if (mtu !== undefined && mtu > room) {
    const hint = `use at most ${room}, or leave it out`;
    return refuse('MTU_TOO_LARGE', `an MTU of ${mtu} does not fit through the link under ${name}`, hint);
  }
  if (master !== undefined && findLink(world, HOST, master)?.kind !== 'bridge') {
    return refuse('WRONG_LINK', `${master} is no bridge of this host`);
  }
  const own = mtu ?? room;
  if (master !== undefined && bridgeMtu !== undefined && own < bridgeMtu) {
    // Each of them would have its way in turn, run after run.
    const message = `${master} is to have an MTU of ${bridgeMtu}, and ${name} in it has one of ${own}`;
    return refuse('MTU_CONFLICT', message, `say at most ${own} there, or leave it out`, `/bridge:${master}`);
  }
  return own;
}

const differs = (data: Vxlan, found: { id: number; port: number; local?: string | undefined } | undefined): boolean =>
  found?.id !== data.id || found.port !== data.port || found.local !== data.local;

const drop = (name: string, why: string): Change => ({
  verb: '-',
  what: name,
  why,
  commands: [ip('link', 'del', 'dev', name)],
  effect: (world) => {
    removeLink(world, HOST, name);
  },
});

export const vxlanType: ObjectType<Vxlan> = {
  type: 'vxlan',
  volatile: true,
  shared: false,
  id: ({ name }) => name,
  reads: ({ data }) => [{ fact: 'flood', dev: data.name }],
  holds: ({ scope, data: { name, id, port } }) => [
    ...holdsName('vxlan', scope, name),
    { what: `the VNI ${id} on port ${port}`, by: `vxlan ${name}` },
  ],
  diff({ data }, ground) {
    const mtu = fit(data, ground);
    if (typeof mtu !== 'number') return mtu;
    const link = findLink(ground.world, HOST, data.name);
    if (link && !isOurs(link, ground)) return foreignLink(link, HOST, false);
    if (!link || differs(data, link.vxlan)) {
      const old = link ? [drop(data.name, 'another network, port or address')] : [];
      return [...old, add(data, mtu, ground), ...plug({ ...data }, mtu, without(ground, data.name))];
    }
    const aspects = linkChanges(HOST, link, { mtu, mac: data.mac }, ground);
    return [...aspects, ...plug(data, mtu, ground), ...remoteChanges(data, ground)];
  },
  before: () => ({}),
  remove({ data: { name } }, ground) {
    const link = findLink(ground.world, HOST, name);
    return link && isOurs(link, ground) ? [drop(name, 'remove')] : [];
  },
};

/** As if the link were not there: it is made anew, and plugged into nothing. */
const without = (ground: Ground, name: string): Ground => {
  const net = ground.world.nets[HOST]!;
  const links = net.links.filter((link) => link.name !== name);
  return { ...ground, world: { ...ground.world, nets: { ...ground.world.nets, [HOST]: { ...net, links } } } };
};
