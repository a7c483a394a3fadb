import { digest, familyOf, macFromHash, readAddress, readCidr } from '../src/address.ts';
import { HOST } from '../src/command.ts';
import type { Wanted } from '../src/object.ts';
import { address } from '../src/objects/address.ts';
import { vxlanLink } from '../src/objects/vxlan.ts';
import { defineTask, type Context } from '../src/task.ts';
import { list, state } from './options.ts';

const USUAL_PORT = 4789;

/** The group whose hosts share the segment. */
export const span = {
  type: 'string',
  pattern: '^[A-Za-z_][A-Za-z0-9_.-]{0,63}$',
  description:
    'A group of the inventory: its hosts share this segment over VXLAN, each by its ansible_host or underlay.',
} as const;

interface Overlay {
  readonly name: string;
  readonly id: number;
  readonly port?: number | undefined;
  readonly mtu?: number | undefined;
  readonly local?: string | undefined;
  readonly bridge?: string | undefined;
  readonly span?: string | undefined;
  readonly remotes?: readonly string[] | undefined;
}

/** This host's end of it. */
function overlay({ name, id, port = USUAL_PORT, mtu, bridge, ...rest }: Overlay, context: Context): Wanted {
  const { lab, host } = context;
  const members = rest.span === undefined ? [] : (context.peers(rest.span) ?? []);
  const own = (rest.local && readAddress(rest.local)) ?? members.find((member) => member.host === host)?.address ?? '';
  const others = members.flatMap((member) => (member.host === host ? [] : (member.address ?? [])));
  const remotes = [...new Set([...others, ...(rest.remotes ?? []).map((text) => readAddress(text)!)])].toSorted();
  const mac = macFromHash(`${lab}/${host}/${name}`);
  const bridgeMtu = bridge === undefined ? undefined : context.segment(bridge)?.mtu;
  const link = { name, id, port, local: own, mac, master: bridge, mtu, remotes };
  return vxlanLink({ ...link, ...(bridgeMtu === undefined ? {} : { bridgeMtu }) });
}

/** The overlay under a bridge that spans a group: its name and number follow from the lab's and the bridge's. */
export function spanning(
  lab: string,
  bridge: string,
  group: string,
  context: Context,
  mtu: number | undefined,
): Wanted {
  const bytes = digest(`vxlan ${lab}/${bridge}`);
  const id = (bytes.readUIntBE(0, 3) % 16_777_214) + 1;
  return overlay({ name: `vx${bytes.toString('hex').slice(0, 10)}`, id, bridge, span: group, mtu }, context);
}

export const vxlan = defineTask({
  kind: 'vxlan',
  description: 'A VXLAN link to the other hosts of a group, which needs no multicast; on its own or in a bridge.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ name: 'vx42', id: 42, span: 'edge', address: '10.42.0.1/24' }],
    required: ['name', 'id'],
    properties: {
      name: { type: 'string', format: 'interface', description: 'The name of the link, at most 15 bytes.' },
      id: { type: 'integer', minimum: 1, maximum: 16777215, description: "The network's number (VNI)." },
      span,
      remotes: {
        type: 'array',
        items: { type: 'string', format: 'address' },
        uniqueItems: true,
        description: 'Ends beside those of the group, or instead of it.',
      },
      local: {
        type: 'string',
        format: 'address',
        description: "This host's end; by default its address in the group.",
      },
      port: { type: 'integer', minimum: 1, maximum: 65535, default: USUAL_PORT, description: 'The UDP port.' },
      mtu: {
        type: 'integer',
        minimum: 68,
        maximum: 65535,
        description: 'In bytes; by default what the link under it leaves: 50 less over IPv4, 70 over IPv6.',
      },
      bridge: { type: 'string', format: 'interface', description: 'A bridge of this playbook to plug it into.' },
      address: {
        anyOf: [
          { type: 'string', format: 'cidr' },
          { type: 'array', items: { type: 'string', format: 'cidr' }, uniqueItems: true },
        ],
        description: "The host's own addresses on it, where it is in no bridge.",
      },
      state,
    },
  },
  identity: ({ name }) => `vxlan ${name}`,
  primary: (args, context) => overlay(args, context),
  references: ({ span: group, bridge }) => [
    ...(group === undefined ? [] : [{ type: 'group' as const, name: group, path: ['span'] }]),
    ...(bridge === undefined ? [] : [{ type: 'bridge' as const, name: bridge, path: ['bridge'] }]),
  ],
  check(args) {
    const { span: group, remotes = [], local, bridge, mtu } = args;
    const mistake = (key: string, code: string, message: string, hint: string) => [
      { path: [key], code, message: `vxlan.${key}: ${message}`, hint },
    ];
    const ends = [...remotes, ...list(local)].map((text) => readAddress(text)!);
    const six = list(args.address).some((cidr) => familyOf(cidr) === 6);
    return [
      ...(group === undefined && (local === undefined || remotes.length === 0)
        ? mistake('span', 'MISSING_KEY', 'nobody says where the ends are', 'name a group, or say local and remotes')
        : []),
      ...(new Set(ends.map(familyOf)).size > 1
        ? mistake('remotes', 'FAMILY_MISMATCH', 'the ends are of both families', 'use one of them')
        : []),
      ...(bridge !== undefined && list(args.address).length > 0
        ? mistake('address', 'CONFLICT', 'a port of a bridge has no address', `give ${bridge} the address`)
        : []),
      ...(six && mtu !== undefined && mtu < 1280
        ? mistake('mtu', 'OUT_OF_RANGE', `${mtu} is too small for IPv6 (RFC 8200)`, 'use at least 1280')
        : []),
    ];
  },
  objects: (args, context) => [
    overlay(args, context),
    ...list(args.address).map((cidr) => address(HOST, args.name, readCidr(cidr)!)),
  ],
});
