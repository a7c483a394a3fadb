import { defineTask } from '../src/task.ts';
import { toContainer } from './options.ts';
import { attachmentsOf, identityOf, linkObjects, linkOf, linkOptions, nameOption, parentOption } from './stacked.ts';

export const ipvlan = defineTask({
  kind: 'ipvlan',
  description: "An interface that shares another and its MAC; on the host, its way to its containers' ipvlans.",
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ name: 'shim0', parent: 'eth0', address: '192.0.2.10/32' }],
    required: ['name', 'parent'],
    properties: {
      name: nameOption,
      parent: parentOption,
      mode: {
        type: 'string',
        enum: ['l2', 'l3', 'l3s'],
        default: 'l2',
        description: 'Whether it switches or routes; the same for all on one interface.',
      },
      ...linkOptions,
    },
  },
  identity: (args) => identityOf('ipvlan', args),
  primary: (args, context) => linkOf('ipvlan', args, context, { mode: args.mode }),
  references: ({ container: where }) => toContainer(where),
  attachments: attachmentsOf,
  objects: (args, context) => linkObjects(linkOf('ipvlan', args, context, { mode: args.mode }), args, context),
});
