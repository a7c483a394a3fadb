import { defineTask } from '../src/task.ts';
import { toContainer } from './options.ts';
import { attachmentsOf, identityOf, linkObjects, linkOf, linkOptions, macOption, nameOption } from './stacked.ts';

export const dummy = defineTask({
  kind: 'dummy',
  description: 'An interface that leads nowhere: a place for addresses, on the host or in a container.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ name: 'dummy0', address: '192.0.2.10/32' }],
    required: ['name'],
    properties: { name: nameOption, mac_address: macOption, ...linkOptions },
  },
  identity: (args) => identityOf('dummy', args),
  primary: (args, context) => linkOf('dummy', args, context),
  references: ({ container: where }) => toContainer(where),
  attachments: attachmentsOf,
  objects: (args, context) => linkObjects(linkOf('dummy', args, context), args, context),
});
