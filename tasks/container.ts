import type { Wanted } from '../src/object.ts';
import { addressOf } from '../src/address.ts';
import { file } from '../src/objects/file.ts';
import { forwarding } from '../src/objects/forwarding.ts';
import { loopback } from '../src/objects/loopback.ts';
import { netns } from '../src/objects/netns.ts';
import { process } from '../src/objects/process.ts';
import { defineTask, type Context } from '../src/task.ts';
import { attachmentMistakes, attachmentObjects, attachmentOf, attachmentSchema, interfaceOf } from './attachment.ts';
import { list, state } from './options.ts';

const strings = (description: string, format: string) =>
  ({
    anyOf: [
      { type: 'string', format },
      { type: 'array', items: { type: 'string', format } },
    ],
    description,
  }) as const;

export const container = defineTask({
  kind: 'container',
  description: 'A container and its attachments. The netns runtime needs nothing but the kernel.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: {
        type: 'string',
        format: 'name',
        description: 'Unique on the host and in the lab; also its host name for others.',
      },
      runtime: {
        type: 'string',
        enum: ['netns'],
        default: 'netns',
        description: 'netns: a network namespace LAB-NAME.',
      },
      networks: {
        type: 'array',
        items: attachmentSchema,
        default: [],
        description: 'Its interfaces, in order: eth0, eth1, …',
      },
      ip_forward: { type: 'boolean', description: 'Whether it routes between its interfaces; by default not.' },
      hostname: { type: 'string', format: 'hostname', description: 'The name by which it knows itself.' },
      dns: strings('Name servers, into its resolv.conf.', 'address'),
      dns_search: strings('Search domains, into its resolv.conf.', 'domain'),
      dns_opt: strings('Resolver options, into its resolv.conf.', 'word'),
      extra_hosts: {
        type: 'array',
        items: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9.-]{0,252}:[0-9A-Fa-f:.]+$' },
        description: 'NAME:ADDRESS lines for its hosts file, as Docker writes them.',
        examples: ['db:10.0.0.5'],
      },
      command: {
        type: 'array',
        items: { type: 'string', maxLength: 4096 },
        minItems: 1,
        description: 'A program to run in it, as a list of words; without it the container just exists.',
        examples: [['sleep', 'infinity']],
      },
      state,
    },
  },
  identity: ({ name }) => `container ${name}`,
  primary: ({ name }, { scope }) => netns(scope(name)),
  provides: ({ name }) => [{ type: 'container', name }],
  references: ({ networks }) =>
    networks.flatMap(({ bridge, external }, index) =>
      external ? [] : [{ type: 'bridge' as const, name: bridge, path: ['networks', index, 'bridge'] }],
    ),
  check: ({ networks }) => networks.flatMap(attachmentMistakes),
  attachments: ({ name, networks }) => networks.map((network, index) => attachmentOf(name, network, index)),
  objects(args, context) {
    const { name, networks, ip_forward, command, hostname } = args;
    const scope = context.scope(name);
    const wanted: Wanted[] = [
      netns(scope),
      ...networks.flatMap((network, index) => attachmentObjects(name, network, index, context)),
      // A new namespace may inherit forwarding from the machine; a sysctl task may still ask for it.
      ...([4, 6] as const).map((family) => ({
        ...forwarding(scope, family, ip_forward ?? false),
        weak: ip_forward === undefined,
      })),
      // All that is inside comes after the attachments, which the host makes: so it is one step.
      loopback(scope),
    ];
    const hosts = hostsFile(args, context);
    const resolver = resolvConf(args);
    if (hosts !== undefined) wanted.push(file(`/etc/netns/${scope}/hosts`, hosts));
    if (resolver !== undefined) wanted.push(file(`/etc/netns/${scope}/resolv.conf`, resolver));
    if (command !== undefined) wanted.push(process(scope, { argv: command, hostname }));
    return wanted;
  },
  summary({ name, networks }, context) {
    const parts = networks.flatMap((network, index) => {
      const { addresses, mac } = context.assigned(name, interfaceOf(network, index));
      return [...addresses.map(addressOf), mac];
    });
    return parts.length === 0 ? 'no network' : parts.join(' · ');
  },
});

interface Names {
  readonly name: string;
  readonly networks: readonly { readonly interface?: string | undefined }[];
  readonly hostname?: string | undefined;
  readonly extra_hosts?: readonly string[] | undefined;
}

/** As Docker writes it: localhost, the container's own name, then the extra hosts. */
function hostsFile({ name, networks, hostname, extra_hosts }: Names, { assigned }: Context): string | undefined {
  if (hostname === undefined && extra_hosts === undefined) return undefined;
  const own = networks.flatMap((network, index) => assigned(name, network.interface ?? `eth${index}`).addresses);
  const names = hostname === undefined ? name : [hostname, hostname.split('.')[0]].filter(unique).join(' ');
  return [
    '127.0.0.1 localhost',
    '::1 localhost ip6-localhost ip6-loopback',
    ...own.map((cidr) => `${addressOf(cidr)} ${names}`),
    ...(extra_hosts ?? []).map((entry) => {
      const colon = entry.indexOf(':');
      return `${entry.slice(colon + 1)} ${entry.slice(0, colon)}`;
    }),
    '',
  ].join('\n');
}

const unique = <T>(value: T, index: number, all: readonly T[]): boolean => all.indexOf(value) === index;

interface Resolver {
  readonly dns?: string | readonly string[] | undefined;
  readonly dns_search?: string | readonly string[] | undefined;
  readonly dns_opt?: string | readonly string[] | undefined;
}

/** Without any of the three options the host's own file counts, as `ip netns exec` has it. */
function resolvConf({ dns, dns_search, dns_opt }: Resolver): string | undefined {
  if (dns === undefined && dns_search === undefined && dns_opt === undefined) return undefined;
  const search = list(dns_search).filter((domain) => domain !== '.');
  const options = list(dns_opt);
  return [
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}`]),
    ...list(dns).map((server) => `nameserver ${server}`),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
    '',
  ].join('\n');
}
