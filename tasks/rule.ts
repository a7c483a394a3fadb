import { familyOf, readAddress, readNetwork } from '../src/address.ts';
import { rule as wantedRule } from '../src/objects/rule.ts';
import { defineTask, type Mistake } from '../src/task.ts';
import { container, state, tableName, toContainer } from './options.ts';

const selector = (description: string) =>
  ({
    anyOf: [
      { type: 'string', format: 'network' },
      { type: 'string', format: 'address' },
    ],
    description,
  }) as const;

const ports = (description: string) =>
  ({
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 65535 },
      { type: 'string', pattern: '^[0-9]{1,5}-[0-9]{1,5}$' },
    ],
    description,
  }) as const;

export const rule = defineTask({
  kind: 'rule',
  description: 'A rule of policy routing, of the host or of a container: which packets ask which table.',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      from: selector('Packets of these sources.'),
      to: selector('Packets to these destinations.'),
      iif: { type: 'string', format: 'device', description: 'Packets that came in by this interface; lo: our own.' },
      oif: { type: 'string', format: 'device', description: 'Packets of sockets that are bound to this interface.' },
      fwmark: {
        type: 'string',
        pattern: '^0x[0-9a-f]{1,8}(/0x[0-9a-f]{1,8})?$',
        description: 'Packets with this mark, and mask, in hex.',
        examples: ['0x10/0xff'],
      },
      ipproto: { type: 'string', enum: ['tcp', 'udp', 'icmp', 'ipv6-icmp', 'sctp'], description: 'Of this protocol.' },
      sport: ports('From this port, or range of ports.'),
      dport: ports('To this port, or range of ports.'),
      not: { type: 'boolean', default: false, description: 'All packets but those.' },
      table: {
        anyOf: [
          { type: 'integer', minimum: 1, maximum: 4294967295 },
          { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,31}$' },
        ],
        description: 'The table that they ask, by number or name.',
      },
      action: {
        type: 'string',
        enum: ['blackhole', 'unreachable', 'prohibit'],
        description: 'Instead of a table: what becomes of them.',
      },
      priority: { type: 'integer', minimum: 1, maximum: 32765, default: 1000, description: 'Lower is asked first.' },
      family: { type: 'integer', enum: [4, 6], description: 'By default that of the addresses, else 4.' },
      container,
      state,
    },
  },
  identity: (args) => {
    const { family, priority, words } = dataOf(args);
    return `rule ${args.container === undefined ? '' : `${args.container} `}IPv${family} ${priority} ${words.join(' ')}`;
  },
  primary: (args, { scope }) => wantedRule(scope(args.container), dataOf(args)),
  references: ({ container: where }) => toContainer(where),
  check(args) {
    const mistakes: Mistake[] = [];
    const { family } = dataOf(args);
    for (const key of ['from', 'to'] as const) {
      const value = args[key];
      if (value === undefined || familyOf(value) === family) continue;
      const message = `rule.${key}: ${value} is not IPv${family}`;
      mistakes.push({ path: [key], code: 'FAMILY_MISMATCH', message, hint: 'a rule is of one family; write two' });
    }
    if ((args.table === undefined) === (args.action === undefined)) {
      const hint = 'table: 100, say';
      mistakes.push({ path: [], code: 'CONFLICT', message: 'rule: needs either table or action', hint });
    }
    for (const key of ['sport', 'dport'] as const) {
      if (args[key] === undefined || ['tcp', 'udp', 'sctp'].includes(args.ipproto ?? '')) continue;
      const message = `rule.${key}: only tcp, udp and sctp have ports`;
      mistakes.push({ path: [key], code: 'MISSING_KEY', message, hint: 'add ipproto: tcp, say' });
    }
    return mistakes;
  },
  objects: (args, { scope }) => [wantedRule(scope(args.container), dataOf(args))],
});

interface Options {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly iif?: string | undefined;
  readonly oif?: string | undefined;
  readonly fwmark?: string | undefined;
  readonly ipproto?: string | undefined;
  readonly sport?: number | string | undefined;
  readonly dport?: number | string | undefined;
  readonly not: boolean;
  readonly table?: number | string | undefined;
  readonly action?: string | undefined;
  readonly priority: number;
  readonly family?: 4 | 6 | undefined;
}

function dataOf({ from, to, not, table, action, priority, family, ...rest }: Options) {
  const given = from ?? to;
  const own = family ?? (given === undefined ? 4 : familyOf(given));
  const word = (name: string, value: number | string | undefined): string[] =>
    value === undefined ? [] : [name, `${value}`];
  return {
    family: own,
    priority,
    words: [
      ...(not ? ['not'] : []),
      ...word('from', from === undefined ? undefined : networkText(from)),
      ...word('to', to === undefined ? undefined : networkText(to)),
      ...(['iif', 'oif', 'fwmark', 'ipproto', 'sport', 'dport'] as const).flatMap((name) => word(name, rest[name])),
      ...(action === undefined ? word('table', tableName(table ?? '')) : [action]),
    ],
  };
}

const networkText = (text: string): string =>
  text.includes('/') ? readNetwork(text)! : `${readAddress(text)!}/${familyOf(text) === 4 ? 32 : 128}`;
