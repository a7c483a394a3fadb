import {
  addressOf,
  contains,
  familyOf,
  isLoopback,
  isMulticast,
  isNetworkOrBroadcast,
  networkOf,
  prefixOf,
} from '../src/address.ts';
import { engineDaemon } from '../src/objects/engine-daemon.ts';
import { defineTask, type Mistake } from '../src/task.ts';
import { list, state } from './options.ts';

const strings = (description: string, format: string) =>
  ({
    anyOf: [
      { type: 'string', format },
      { type: 'array', items: { type: 'string', format } },
    ],
    description,
  }) as const;

const flag = (description: string) => ({ type: 'boolean', description }) as const;

export const dockerDaemon = defineTask({
  kind: 'docker_daemon',
  description: "Settings of Docker's daemon in daemon.json, beside what is there; it is restarted where they differ.",
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      bip: { type: 'string', format: 'cidr', description: 'The address of docker0.', examples: ['192.168.5.1/24'] },
      bridge: { type: 'string', format: 'interface', description: 'A bridge of your own instead of docker0.' },
      fixed_cidr: { type: 'string', format: 'network4', description: "Containers' addresses come from here." },
      fixed_cidr_v6: {
        type: 'string',
        format: 'network6',
        description:
          'The same for IPv6. In a /80 or larger addresses end with the MAC, else Docker takes the next free.',
      },
      ipv6: flag('IPv6 on docker0, with fe80::1.'),
      icc: flag('May containers on docker0 talk to each other?'),
      ip: { type: 'string', format: 'address', description: 'Where ports are published that name no address.' },
      ip_forward: flag('Whether Docker switches forwarding on.'),
      ip_masq: flag('Whether it masquerades what leaves docker0.'),
      iptables: flag('Whether it makes rules.'),
      ip6tables: flag('The same for IPv6; before Docker 27 it needs experimental too.'),
      experimental: flag('Docker’s experiments.'),
      userland_proxy: flag('Whether a program of its own serves published ports to the host itself.'),
      live_restore: flag('Containers go on while the daemon does not run.'),
      mtu: { type: 'integer', minimum: 68, maximum: 65535, description: 'In bytes, of its networks.' },
      dns: strings('Name servers of containers that name none.', 'address'),
      dns_search: strings('Their search domains.', 'domain'),
      dns_opts: strings('Their resolver options.', 'word'),
      default_address_pools: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['base', 'size'],
          properties: {
            base: { type: 'string', format: 'network', description: 'A network.' },
            size: { type: 'integer', minimum: 1, maximum: 128, description: 'The prefix of each piece of it.' },
          },
        },
        description: 'Where networks without a subnet get theirs.',
        examples: [[{ base: '172.80.0.0/16', size: 24 }]],
      },
      restart: {
        type: 'boolean',
        default: false,
        description: 'Restart it even if that stops containers that are not ours.',
      },
      state,
    },
  },
  identity: () => 'docker_daemon',
  primary: () => engineDaemon({ settings: {}, restart: false }),
  check({ state: wanted, ...args }) {
    const options = settingsOf(args);
    const { bip, bridge, fixed_cidr, fixed_cidr_v6, ipv6, icc, iptables } = args;
    if (wanted === 'absent') return [];
    const mistake = (key: string, code: string, message: string, hint: string): Mistake[] => [
      { path: key === '' ? [] : [key], code, message: `docker_daemon.${message}`, hint },
    ];
    return [
      ...(Object.keys(options).length === 0
        ? mistake('', 'MISSING_KEY', 'bip: there is nothing to set', 'add a setting')
        : []),
      ...(bip !== undefined && bridge !== undefined
        ? mistake(
            'bip',
            'CONFLICT',
            'bip: is the address of docker0, which bridge replaces',
            'give the bridge its address',
          )
        : []),
      ...(bip !== undefined && fixed_cidr !== undefined && !contains(networkOf(bip), fixed_cidr)
        ? mistake(
            'fixed_cidr',
            'FIXED_CIDR_OUTSIDE',
            `fixed_cidr: ${fixed_cidr} is not inside ${networkOf(bip)}`,
            'use a part of it',
          )
        : []),
      ...(ipv6 === true && fixed_cidr_v6 === undefined
        ? mistake(
            'ipv6',
            'MISSING_KEY',
            'fixed_cidr_v6: with ipv6 Docker needs a range to give addresses from',
            "add fixed_cidr_v6: '2001:db8:1::/64', say",
          )
        : []),
      ...(fixed_cidr_v6 !== undefined && prefixOf(fixed_cidr_v6) > 126
        ? mistake(
            'fixed_cidr_v6',
            'TOO_SMALL',
            `fixed_cidr_v6: ${fixed_cidr_v6} has no room for docker0 and a container`,
            'use a /80 or larger, where addresses end with the MAC; at the least a /126',
          )
        : []),
      ...(icc === false && iptables === false
        ? mistake('icc', 'CONFLICT', 'icc: Docker refuses icc false without iptables', 'leave one of them out')
        : []),
      ...(args.default_address_pools ?? []).flatMap(({ base, size }, index) =>
        size >= prefixOf(base) && (familyOf(base) === 6 || size <= 32)
          ? []
          : [
              {
                path: ['default_address_pools', index, 'size'],
                code: 'OUT_OF_RANGE',
                message: `docker_daemon.default_address_pools: ${base} has no piece with the prefix ${size}`,
                hint: `use ${prefixOf(base)} to ${familyOf(base) === 4 ? 32 : 128}`,
              },
            ],
      ),
      ...(bip !== undefined && (isNetworkOrBroadcast(bip) || isMulticast(bip) || isLoopback(bip))
        ? mistake(
            'bip',
            'NETWORK_ADDRESS',
            `bip: ${addressOf(bip)} is no address of a host in ${networkOf(bip)}`,
            'use an address such as 192.168.5.1/24',
          )
        : []),
      ...(bip !== undefined && familyOf(bip) === 6
        ? mistake('bip', 'WRONG_FAMILY', 'bip: must be an IPv4 address', 'use fixed_cidr_v6 for IPv6')
        : []),
    ];
  },
  objects: (args, { segment }) => [
    engineDaemon({
      settings: settingsOf(args),
      restart: args.restart,
      ...(args.bridge !== undefined && segment(args.bridge) ? { ours: true } : {}),
    }),
  ],
});

const LISTS = ['dns', 'dns_search', 'dns_opts'];

/** What is about the task itself, and not about the daemon. */
const OWN = ['restart', 'state'];

/** In the words of daemon.json. */
const settingsOf = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(options)
      .filter(([key, value]) => value !== undefined && !OWN.includes(key))
      .map(([key, value]) => [key.replaceAll('_', '-'), LISTS.includes(key) ? list(value) : value]),
  );
