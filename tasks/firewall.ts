import { familyOf, readNetwork, singleNetwork } from '../src/address.ts';
import type { Infer } from '../src/infer.ts';
import type { Wanted } from '../src/object.ts';
import { nftChain } from '../src/objects/nft-chain.ts';
import * as nft from '../src/objects/nft-match.ts';
import { defineTask, type Mistake } from '../src/task.ts';
import { container, list, state, toContainer } from './options.ts';

const port = {
  anyOf: [
    { type: 'integer', minimum: 1, maximum: 65535 },
    { type: 'string', pattern: '^[0-9]{1,5}-[0-9]{1,5}$' },
  ],
} as const;

const interfaces = {
  anyOf: [
    { type: 'string', format: 'device' },
    { type: 'array', items: { type: 'string', format: 'device' }, uniqueItems: true, minItems: 1 },
  ],
} as const;

const networks = {
  anyOf: [
    { type: 'string', format: 'addressOrNetwork' },
    { type: 'array', items: { type: 'string', format: 'addressOrNetwork' }, uniqueItems: true, minItems: 1 },
  ],
} as const;

const ports = { anyOf: [port.anyOf[0], port.anyOf[1], { type: 'array', items: port, minItems: 1 }] } as const;

const rule = {
  type: 'object',
  additionalProperties: false,
  required: ['action'],
  properties: {
    in: { ...interfaces, description: 'Interfaces by which it comes.' },
    out: { ...interfaces, description: 'Interfaces by which it goes.' },
    from: { ...networks, description: 'Its sources, of one family.' },
    to: { ...networks, description: 'Its destinations, of one family.' },
    protocol: {
      type: 'string',
      enum: ['tcp', 'udp', 'icmp', 'icmpv6'],
      description: 'tcp or udp where ports are said.',
    },
    port: { ...ports, description: 'Destination ports: 80, 8000-8010, or a list.' },
    source_port: { ...ports, description: 'Source ports.' },
    state: {
      type: 'array',
      items: { type: 'string', enum: ['new', 'established', 'related', 'invalid', 'untracked'] },
      uniqueItems: true,
      minItems: 1,
      description: 'States of its connection.',
    },
    action: { type: 'string', enum: ['accept', 'drop', 'reject'], description: 'What becomes of it.' },
  },
} as const;

type Rule = Infer<typeof rule>;

const HOOKS = ['input', 'forward', 'output'] as const;

const rules = (description: string) => ({ type: 'array', items: rule, default: [], description }) as const;

export const firewall = defineTask({
  kind: 'firewall',
  description: 'Filter rules and masquerading of the host or of a container, in a table of our own.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      name: {
        type: 'string',
        pattern: '^[a-z][a-z0-9_]{0,15}$',
        default: 'main',
        description: 'Tells it from the other firewalls of the same place.',
      },
      container,
      input: rules('What comes to it; the first rule that fits decides, and what fits none is accepted.'),
      forward: rules('What passes through it.'),
      output: rules('What it sends itself.'),
      masquerade: {
        ...interfaces,
        description: 'What leaves by these interfaces gets their IPv4 address, as behind a home router.',
        examples: ['eth0'],
      },
      state,
    },
  },
  identity: ({ name, container: where }) => `firewall ${where ?? 'host'} ${name}`,
  references: ({ container: where }) => toContainer(where),
  check: (args) => [
    ...HOOKS.flatMap((hook) => args[hook].flatMap((one, index) => ruleMistakes(one, hook, index))),
    ...(HOOKS.every((hook) => args[hook].length === 0) && args.masquerade === undefined && args.state === 'present'
      ? [
          {
            path: [],
            code: 'MISSING_KEY',
            message: 'firewall: says nothing',
            hint: 'add input, forward, output or masquerade',
          },
        ]
      : []),
  ],
  objects(args, { scope }) {
    const where = scope(args.container);
    const wanted: Wanted[] = HOOKS.filter((hook) => args[hook].length > 0).map((hook) =>
      nftChain(where, {
        family: 'inet',
        // After the lab's own rules, which stand at 0.
        chain: { name: `${args.name}_${hook}`, type: 'filter', hook, priority: 10 },
        rules: args[hook].map(expressions),
      }),
    );
    const links = list(args.masquerade);
    if (links.length === 0) return wanted;
    const chain = { name: `${args.name}_nat`, type: 'nat', hook: 'postrouting', priority: 100 } as const;
    return [...wanted, nftChain(where, { family: 'ip', chain, rules: [[nft.goesOut(...links), nft.masquerade]] })];
  },
});

const expressions = (one: Rule): unknown[] => {
  const protocol = one.protocol ?? 'tcp';
  const ported = one.port !== undefined || one.source_port !== undefined;
  return [
    ...(one.in === undefined ? [] : [nft.comesIn(...list(one.in))]),
    ...(one.out === undefined ? [] : [nft.goesOut(...list(one.out))]),
    ...(one.from === undefined ? [] : [nft.from(...networksOf(one.from))]),
    ...(one.to === undefined ? [] : [nft.to(...networksOf(one.to))]),
    ...(one.protocol === undefined || ported ? [] : [nft.layer4(one.protocol)]),
    ...(one.source_port === undefined ? [] : [nft.fromPort(protocol, ...portsOf(one.source_port))]),
    ...(one.port === undefined ? [] : [nft.toPort(protocol, ...portsOf(one.port))]),
    ...(one.state === undefined ? [] : [nft.inState(...one.state)]),
    { accept: nft.accept, drop: nft.drop, reject: nft.reject }[one.action],
  ];
};

/** An address is the network that holds nothing else. */
const networksOf = (value: string | readonly string[]): string[] =>
  list(value).map((text) => readNetwork(text) ?? singleNetwork(text)!);

const portsOf = (value: Rule['port']): nft.Ports[] =>
  list<string | number>(value as never).map((text): nft.Ports => {
    const [first = 0, last = first] = String(text).split('-').map(Number);
    return first === last ? first : [first, last];
  });

function ruleMistakes(one: Rule, hook: string, index: number): Mistake[] {
  const mistakes: Mistake[] = [];
  const add = (key: string, code: string, message: string, hint: string): void => {
    mistakes.push({ path: [hook, index, key], code, message: `firewall.${hook}.${key}: ${message}`, hint });
  };
  if (hook === 'input' && one.out !== undefined) add('out', 'CONFLICT', 'what comes to it goes out nowhere', 'say in:');
  if (hook === 'output' && one.in !== undefined) add('in', 'CONFLICT', 'what it sends came in nowhere', 'say out:');
  const families = new Set([...list(one.from), ...list(one.to)].map(familyOf));
  if (families.size > 1)
    add('from' in one ? 'from' : 'to', 'FAMILY_MISMATCH', 'has both families', 'write a rule for each');
  for (const key of ['port', 'source_port'] as const) {
    if (one[key] === undefined) continue;
    if (one.protocol !== 'tcp' && one.protocol !== 'udp')
      add(key, 'MISSING_KEY', 'needs tcp or udp', 'add protocol: tcp');
    const wrong = portsOf(one[key]).find(
      (range) => typeof range !== 'number' && (range[0] >= range[1] || range[1] > 65535),
    );
    if (wrong !== undefined)
      add(
        key,
        'OUT_OF_RANGE',
        `${String(wrong).replace(',', '-')} is no range of ports`,
        'write the lower one first, and none above 65535',
      );
  }
  return mistakes;
}
