import { isDeepStrictEqual } from 'node:util';
import { HOST, type Command } from '../command.ts';
import { findLink, type PortVlan, type World } from '../facts/world.ts';
import type { Change, ObjectType, Verdict, Wanted } from '../object.ts';
import { refuse } from '../object.ts';
import { lacking } from './capability.ts';

interface PortVlans {
  readonly port: string;
  /** Absent where the port is the bridge itself. */
  readonly bridge?: string | undefined;
  /** The VLAN of frames without a tag, if any. */
  readonly access?: number | undefined;
  /** The VLANs of frames with a tag. */
  readonly tagged: readonly number[];
}

/** Which VLANs a bridge with vlan_filtering lets through a port of it. */
export const portVlans = (data: PortVlans): Wanted<PortVlans> => ({ type: 'port_vlans', scope: HOST, data });

const listOf = ({ access, tagged }: PortVlans): PortVlan[] =>
  [
    ...(access === undefined ? [] : [{ vid: access, pvid: true, untagged: true }]),
    ...tagged.map((vid) => ({ vid, pvid: false, untagged: false })),
  ].toSorted((a, b) => a.vid - b.vid);

/** What the kernel gives to a new port (default_pvid). */
const DEFAULT: readonly PortVlan[] = [{ vid: 1, pvid: true, untagged: true }];

const found = (world: World, { port }: PortVlans): readonly PortVlan[] => world.portVlans[port] ?? DEFAULT;

const text = (list: readonly PortVlan[]): string =>
  list.length === 0 ? 'none' : list.map(({ vid, pvid }) => `${vid}${pvid ? '' : ' tagged'}`).join(', ');

function commands({ port, bridge }: PortVlans, from: readonly PortVlan[], to: readonly PortVlan[]): Command[] {
  const own = bridge === undefined ? ['self'] : [];
  const run = (...words: string[]): Command => ({
    do: 'run',
    scope: HOST,
    argv: ['bridge', 'vlan', ...words, ...own],
  });
  const gone = from.filter(({ vid }) => !to.some((one) => one.vid === vid));
  const come = to.filter((one) => !from.some((other) => isDeepStrictEqual(one, other)));
  return [
    ...gone.map(({ vid }) => run('del', 'dev', port, 'vid', `${vid}`)),
    ...come.map(({ vid, pvid, untagged }) =>
      run('add', 'dev', port, 'vid', `${vid}`, ...(pvid ? ['pvid'] : []), ...(untagged ? ['untagged'] : [])),
    ),
  ];
}

const change = (data: PortVlans, from: readonly PortVlan[], to: readonly PortVlan[]): Change => ({
  verb: '~',
  what: data.port,
  why: `VLAN ${text(from)} -> ${text(to)}`,
  commands: commands(data, from, to),
  undo: commands(data, to, from),
  effect: (world) => {
    world.portVlans[data.port] = [...to];
  },
});

export const portVlansType: ObjectType<PortVlans> = {
  type: 'port_vlans',
  volatile: true,
  shared: false,
  id: ({ port }) => port,
  reads: () => [{ fact: 'port_vlans' }, { fact: 'capability', name: 'vlan_filtering' }],
  diff({ data }, { world }): Verdict {
    const { port, bridge = port } = data;
    const lack = lacking(world, 'vlan_filtering', `a VLAN on the bridge ${bridge}`);
    if (lack) return lack;
    if (findLink(world, HOST, bridge)?.filtering !== true) {
      return refuse(
        'CONFLICT',
        `the bridge ${bridge} does not keep VLANs apart`,
        'say "vlan_filtering: true" where it is made, or leave the VLAN out',
      );
    }
    const [have, want] = [found(world, data), listOf(data)];
    return isDeepStrictEqual(have, want) ? [] : [change(data, have, want)];
  },
  before({ data }, { world, entry }) {
    return { before: entry === undefined ? found(world, data) : entry.before };
  },
  remove({ data, before }, { world }) {
    const master = findLink(world, HOST, data.bridge ?? data.port);
    if (!findLink(world, HOST, data.port) || master?.filtering !== true) return [];
    const [have, given] = [found(world, data), (before as PortVlan[] | undefined) ?? DEFAULT];
    return isDeepStrictEqual(have, listOf(data)) && !isDeepStrictEqual(have, given) ? [change(data, have, given)] : [];
  },
};
