import { sharedVlan, vlanName } from '../src/objects/child.ts';
import type { Wanted } from '../src/object.ts';
import { defineTask, type Context } from '../src/task.ts';
import { toContainer } from './options.ts';
import {
  attachmentsOf,
  identityOf,
  linkObjects,
  linkOf,
  linkOptions,
  macOf,
  macOption,
  nameOption,
  parentOption,
} from './stacked.ts';

export const vlan = defineTask({
  kind: 'vlan',
  description: 'A VLAN (802.1Q) of an interface, of the host or of a container.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ parent: 'eth0', id: 20, address: '192.0.2.10/24' }],
    required: ['parent', 'id'],
    properties: {
      name: { ...nameOption, description: "By default the interface's name, a dot and the number." },
      parent: parentOption,
      id: { type: 'integer', minimum: 1, maximum: 4094, description: 'The number of the VLAN.' },
      mac_address: macOption,
      ...linkOptions,
    },
  },
  identity: (args) => identityOf('vlan', named(args)),
  primary: (args, context) => linkFor(named(args), context),
  references: ({ container: where }) => toContainer(where),
  attachments: (args) => attachmentsOf(named(args)),
  objects: (args, context) => linkObjects(linkFor(named(args), context), named(args), context),
});

const named = <A extends { readonly name?: string | undefined; readonly parent: string; readonly id: number }>(
  args: A,
) => ({
  ...args,
  name: args.name ?? vlanName(args.parent, args.id),
});

interface Named {
  readonly name: string;
  readonly parent: string;
  readonly id: number;
  readonly mtu?: number | undefined;
  readonly mac_address?: string | undefined;
  readonly container?: string | undefined;
}

/** On the host an attachment with the same `vlan:` may stand on it too. */
function linkFor(args: Named, context: Context): Wanted {
  const { name, parent, id, mtu, mac_address: mac, container: where } = args;
  if (where !== undefined) return linkOf('vlan', args, context, { vlan: id });
  return sharedVlan({
    ...{ name, parent, vlan: id },
    ...(mtu === undefined ? {} : { mtu }),
    ...(mac === undefined ? {} : { mac: macOf(mac) }),
  });
}
