import { addressOf } from '../src/address.ts';
import { sandbox } from '../src/objects/sandbox.ts';
import { defineTask } from '../src/task.ts';
import { attachmentObjects, attachmentOf, attachmentReferences, interfaceOf } from './attachment.ts';
import { askingWords, networkMistakes, networkSchema, type Network } from './network.ts';
import { state } from './options.ts';

/** An engine's container has its own eth0, so ours begin with eth1, as pipework has it. */
const shifted = (networks: readonly Network[]): Network[] =>
  networks.map((network, index) => ({ ...network, interface: interfaceOf(network, index + 1) }));

export const attach = defineTask({
  kind: 'attach',
  description: 'Plugs a running container that no task makes into bridges of ours; only that goes away again.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ name: 'legacy', container: 'legacy_db', networks: [{ bridge: 'nw0', address: '172.30.0.9' }] }],
    required: ['name'],
    properties: {
      name: { type: 'string', format: 'name', description: 'How other tasks call it.' },
      container: {
        type: 'string',
        pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$',
        description: "Its name at the engine, or at least twelve digits of its id; by default the task's name for it.",
        examples: ['legacy_db', '4f66ad9a3b2e'],
      },
      runtime: {
        type: 'string',
        enum: ['docker', 'podman'],
        default: 'docker',
        description: 'The engine that runs it.',
      },
      networks: {
        type: 'array',
        items: networkSchema,
        default: [],
        description:
          'The interfaces that it gets: eth1, eth2, …; a default route only where gateway says so. None: for other tasks.',
      },
      state,
    },
  },
  // What is known of a container's addresses is known by its name, whoever made it.
  identity: ({ name }) => `container ${name}`,
  primary: ({ name, container = name, runtime }, { lab }) => sandbox({ name: `${lab}-${name}`, runtime, container }),
  provides: ({ name, container = name, runtime }) => [
    { type: 'container', name, engine: { runtime, name: container } },
  ],
  references: ({ networks }) => attachmentReferences(networks),
  check: ({ networks }) => [
    ...networks.flatMap(networkMistakes),
    ...networks.flatMap(({ network }, index) =>
      network === undefined
        ? []
        : [
            {
              path: ['networks', index, 'network'],
              code: 'CONFLICT',
              message: 'attach.networks.network: who made the container plugs it into networks of its engine',
              hint: 'plug it into a bridge, or use `docker network connect`',
            },
          ],
    ),
  ],
  attachments: ({ name, networks }) =>
    shifted(networks).map((network, index) => attachmentOf(name, network, index, true)),
  objects: ({ name, container = name, runtime, networks }, context) => [
    sandbox({ name: context.scope(name), runtime, container }),
    ...shifted(networks).flatMap((network, index) => attachmentObjects(name, network, index, context)),
  ],
  summary: ({ name, networks }, context) =>
    shifted(networks)
      .flatMap((network, index) => {
        const dev = interfaceOf(network, index);
        const { addresses, mac } = context.assigned(name, dev);
        return [dev, ...askingWords(network), ...addresses.map(addressOf), mac];
      })
      .join(' · '),
});
