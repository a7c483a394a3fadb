import { addressOf } from '../src/address.ts';
import { containerNamed } from '../src/objects/engine-container.ts';
import { netns } from '../src/objects/netns.ts';
import { defineTask, type Reference } from '../src/task.ts';
import { attachmentOf, attachmentReferences, interfaceOf } from './attachment.ts';
import { containerMistakes } from './container/check.ts';
import { engineObjects } from './container/engine.ts';
import { netnsObjects } from './container/netns.ts';
import { containerSchema, isPluggedOnly, joined, type ContainerOptions } from './container/options.ts';
import { nameNotes } from './names.ts';
import { askingWords, isMacOurs } from './network.ts';
import { list } from './options.ts';
import { publishWords } from './publish.ts';

export const container = defineTask({
  kind: 'container',
  description: 'A container and its attachments. The netns runtime needs nothing but the kernel.',
  schema: containerSchema,
  identity: ({ name }) => `container ${name}`,
  primary: ({ name, runtime }, { lab }) => {
    const own = `${lab}-${name}`;
    if (runtime === 'netns') return netns(own);
    return containerNamed(runtime, own);
  },
  provides: ({ name, runtime, ...args }, lab) => [
    {
      type: 'container',
      name,
      network: args.network_mode === 'host' ? 'host' : joined(args),
      engine: runtime === 'netns' ? undefined : { runtime, name: `${lab}-${name}` },
    },
  ],
  references: ({ networks, links, ...args }) => [
    ...attachmentReferences(networks),
    ...named(joined(args), ['network_mode']),
    ...list(links).flatMap((link, index) => named(link.split(':')[0], ['links', index])),
  ],
  check: containerMistakes,
  services: ({ name, expose, links }) => [
    { container: name, expose: list(expose).map(String), links: list(links).map((link) => link.split(':')[0]!) },
  ],
  attachments: ({ name, networks, network_mode, runtime }) => {
    // An engine's own network brings the default routes.
    const served = runtime !== 'netns' && (network_mode === 'bridge' || networks.some(({ network }) => network));
    return networks.map((network, index) => attachmentOf(name, network, index, served));
  },
  objects: (args, context) =>
    args.runtime === 'netns' ? netnsObjects(args, context) : engineObjects(args, args.runtime, context),
  summary(args, context) {
    const parts = args.networks.flatMap((network, index) => {
      const { addresses, mac } = context.assigned(args.name, interfaceOf(network, index));
      return [...askingWords(network), ...addresses.map(addressOf), ...(isMacOurs(network) ? [mac] : [])];
    });
    const engine = args.runtime === 'netns' ? [] : [`${args.runtime} ${args.image}`];
    const network = parts.length > 0 ? parts : [networkWords(args)];
    const ports = args.runtime === 'netns' || isPluggedOnly(args) ? publishWords(args, context.lab) : [];
    return [...engine, ...network, ...ports].join(' · ');
  },
  notes: nameNotes,
});

const named = (name: string | undefined, path: Reference['path']): Reference[] =>
  name === undefined ? [] : [{ type: 'container', name, path }];

const networkWords = ({ runtime, network_mode: mode, networks }: ContainerOptions): string => {
  const [first] = networks.flatMap(({ network }) => network ?? []);
  if (first !== undefined) return `on ${first}`;
  if (mode === undefined || mode === 'none') return runtime === 'netns' || mode === 'none' ? 'no network' : 'on bridge';
  return mode === 'bridge' ? 'on bridge' : `network of ${mode.replace('container:', '')}`;
};
