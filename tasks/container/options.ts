import type { Infer } from '../../src/infer.ts';
import { networkSchema } from '../network.ts';
import { state } from '../options.ts';

const strings = (description: string, format: string) =>
  ({
    anyOf: [
      { type: 'string', format },
      { type: 'array', items: { type: 'string', format } },
    ],
    description,
  }) as const;

const PORT = '[0-9]{1,5}(?:-[0-9]{1,5})?';
const ADDRESS = '(?:[0-9]{1,3}(?:\\.[0-9]{1,3}){3}|\\[[0-9A-Fa-f:.]{2,45}\\])';
const PROTOCOL = '(?:/(?:tcp|udp|sctp))?';

/** Everything that may be said of a container, in Docker's words; which runtime knows what says ./check.ts. */
export const containerSchema = {
  type: 'object',
  additionalProperties: false,
  examples: [{ name: 'web', networks: [{ bridge: 'nw0' }], publish: ['8080:80'], command: ['busybox', 'httpd', '-f'] }],
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      format: 'name',
      description: 'Unique on the host and in the lab; also its host name for others.',
    },
    runtime: {
      type: 'string',
      enum: ['netns', 'docker', 'podman'],
      default: 'netns',
      description: 'netns: a network namespace LAB-NAME; docker, podman: a container LAB-NAME of that engine.',
    },
    image: {
      type: 'string',
      pattern: '^[a-z0-9][A-Za-z0-9._/:@-]{0,255}$',
      description: 'What an engine runs.',
      examples: ['busybox:1.36'],
    },
    networks: {
      type: 'array',
      items: networkSchema,
      default: [],
      description: 'Its interfaces, in order: eth0, eth1, …',
    },
    network_mode: {
      type: 'string',
      pattern: '^(?:none|host|bridge|container:[a-z][a-z0-9-]{0,31})$',
      description: "Docker's --net: none, host, bridge (the engine's default), or container:NAME of the same lab.",
      examples: ['none', 'container:web'],
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
      examples: [['db:10.0.0.5']],
    },
    publish: {
      type: 'array',
      items: {
        anyOf: [
          { type: 'integer', minimum: 1, maximum: 65535 },
          { type: 'string', pattern: `^(?:(?:${ADDRESS}:)?(?:${PORT})?:)?${PORT}${PROTOCOL}$` },
        ],
      },
      description: "Ports of the host that lead to the container's: [ADDRESS:][HOST PORT:]PORT[/udp], or ranges.",
      examples: [['8080:80/tcp', '127.0.0.1:5353:53/udp']],
    },
    publish_all: {
      type: 'boolean',
      default: false,
      description: "Docker's -P: every exposed port, at some free port.",
    },
    expose: {
      type: 'array',
      items: {
        anyOf: [
          { type: 'integer', minimum: 1, maximum: 65535 },
          { type: 'string', pattern: `^${PORT}${PROTOCOL}$` },
        ],
      },
      description: 'Ports that links open, and that publish_all publishes.',
      examples: [[80, '53/udp']],
    },
    links: {
      type: 'array',
      items: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,31}(?::[A-Za-z0-9][A-Za-z0-9_.-]{0,62})?$' },
      description: 'CONTAINER[:ALIAS]: its name is known here, and its exposed ports are open even where icc is false.',
      examples: [['db:database']],
    },
    sysctls: {
      type: 'object',
      propertyNames: { pattern: '^(?:net|kernel|fs)\\.[A-Za-z0-9_][A-Za-z0-9_./-]*$' },
      additionalProperties: {
        anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[A-Za-z0-9_., :/-]{1,256}$' }],
      },
      default: {},
      description: 'Kernel parameters of its namespace.',
      examples: [{ 'net.ipv4.ip_unprivileged_port_start': 0 }],
    },
    env: {
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      additionalProperties: {
        anyOf: [
          { type: 'string', pattern: '^[^\\n\\r\\0]*$', maxLength: 32768 },
          { type: 'integer' },
          { type: 'boolean' },
        ],
      },
      default: {},
      description: 'Environment variables; they are never shown.',
    },
    volumes: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Za-z0-9/][^\\n\\0]{0,4096}$' },
      description: 'SOURCE:TARGET[:ro], as Docker has them.',
      examples: [['/srv/www:/www:ro']],
    },
    cap_add: {
      type: 'array',
      items: { type: 'string', pattern: '^[A-Z][A-Z_]{1,40}$' },
      description: 'Capabilities beyond the usual ones.',
      examples: [['NET_ADMIN']],
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
} as const;

export type ContainerOptions = Infer<typeof containerSchema>;

/** The container whose network this one shares. */
export const joined = ({ network_mode: mode }: Pick<ContainerOptions, 'network_mode'>): string | undefined =>
  /^container:(.+)$/.exec(mode ?? '')?.[1];

/** Of an engine's container: it is on nothing but what we plug it into, so that ports and links are ours, too. */
export const isPluggedOnly = (args: Pick<ContainerOptions, 'network_mode' | 'networks'>): boolean =>
  (args.network_mode ?? 'none') === 'none' &&
  args.networks.length > 0 &&
  args.networks.every(({ network }) => network === undefined);
