import { defineTask } from '../src/task.ts';
import { toContainer } from './options.ts';
import {
  attachmentsOf,
  identityOf,
  linkObjects,
  linkOf,
  linkOptions,
  macOption,
  nameOption,
  parentOption,
} from './stacked.ts';

export const macvlan = defineTask({
  kind: 'macvlan',
  description:
    "An interface that shares another with a MAC of its own; on the host, its way to its containers' macvlans.",
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
        enum: ['bridge', 'private', 'vepa', 'passthru'],
        default: 'bridge',
        description: 'Whom it reaches of those on the same interface.',
      },
      mac_address: macOption,
      ...linkOptions,
    },
  },
  identity: (args) => identityOf('macvlan', args),
  primary: (args, context) => linkOf('macvlan', args, context, { mode: args.mode }),
  references: ({ container: where }) => toContainer(where),
  attachments: attachmentsOf,
  objects: (args, context) => linkObjects(linkOf('macvlan', args, context, { mode: args.mode }), args, context),
});
