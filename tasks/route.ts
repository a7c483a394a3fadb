import { familyOf, readAddress, readNetwork } from '../src/address.ts';
import { route as wantedRoute, routeFamily } from '../src/objects/route.ts';
import { defineTask, type Mistake } from '../src/task.ts';
import { container, state, tableName, toContainer } from './options.ts';

export const route = defineTask({
  kind: 'route',
  description: 'A static route of the host or of a container.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['to'],
    properties: {
      to: {
        anyOf: [{ const: 'default' }, { type: 'string', format: 'network' }, { type: 'string', format: 'address' }],
        description: 'A network, a single address, or default.',
        examples: ['10.2.0.0/16', 'default'],
      },
      via: { type: 'string', format: 'address', description: 'The gateway.' },
      dev: { type: 'string', format: 'interface', description: 'The interface; needed with a link-local gateway.' },
      src: { type: 'string', format: 'address', description: 'The source address of what we send there.' },
      metric: { type: 'integer', minimum: 1, maximum: 4294967295, description: 'Lower wins.' },
      table: {
        anyOf: [
          { type: 'integer', minimum: 1, maximum: 4294967295 },
          { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,31}$' },
        ],
        default: 'main',
        description: 'A routing table by number or name.',
      },
      onlink: {
        type: 'boolean',
        default: false,
        description: 'Take the gateway for on-link whatever the addresses say.',
      },
      type: {
        type: 'string',
        enum: ['unicast', 'blackhole', 'unreachable', 'prohibit'],
        default: 'unicast',
        description: "The kernel's type of route.",
      },
      container,
      state,
    },
  },
  identity: ({ to, table, metric, container: where, via }) =>
    `route ${where === undefined ? '' : `${where} `}${destination(to)}${destination(to) === 'default' ? ` IPv${routeFamily(to, via)}` : ''} table ${tableName(table)} metric ${metric ?? 'default'}`,
  primary: (args, { scope }) => wantedRoute(scope(args.container), routeData(args)),
  references: ({ container: where }) => toContainer(where),
  check({ to, via, dev, src, type, state: wanted }) {
    const mistakes: Mistake[] = [];
    const family = routeFamily(to, via);
    const other = (key: 'via' | 'src', value: string | undefined): void => {
      if (value === undefined || familyOf(value) === family) return;
      const message = `route.${key}: ${value} is not of the family of ${to}`;
      mistakes.push({ path: [key], code: 'FAMILY_MISMATCH', message, hint: `use an IPv${family} address` });
    };
    other('via', via);
    other('src', src);
    if (via !== undefined && dev === undefined && via.toLowerCase().startsWith('fe80:')) {
      mistakes.push({
        path: ['via'],
        code: 'MISSING_KEY',
        message: 'route.dev: a link-local gateway needs the interface',
        hint: 'add dev:',
      });
    }
    if (type !== 'unicast' && (via !== undefined || dev !== undefined)) {
      mistakes.push({
        path: [via === undefined ? 'dev' : 'via'],
        code: 'CONFLICT',
        message: `route: what is sent to ${type} goes nowhere`,
        hint: 'leave out via and dev, or type',
      });
    }
    if (type === 'unicast' && via === undefined && dev === undefined && wanted === 'present') {
      mistakes.push({
        path: [],
        code: 'MISSING_KEY',
        message: 'route: needs via or dev',
        hint: 'say where the packets go',
      });
    }
    return mistakes;
  },
  objects: (args, { scope }) => [wantedRoute(scope(args.container), routeData(args))],
});

interface Options {
  readonly to: string;
  readonly via?: string | undefined;
  readonly dev?: string | undefined;
  readonly src?: string | undefined;
  readonly metric?: number | undefined;
  readonly table: number | string;
  readonly onlink: boolean;
  readonly type: string;
}

const routeData = ({ to, via, dev, src, metric, table, onlink, type }: Options) => ({
  family: routeFamily(to, via),
  to: destination(to),
  via: via === undefined ? undefined : readAddress(via),
  dev,
  src: src === undefined ? undefined : readAddress(src),
  metric,
  table: tableName(table),
  onlink,
  type,
});

/** A single address is the network of that one address, and the network of all addresses is what `ip` calls default. */
function destination(to: string): string {
  if (to === 'default') return to;
  const network = to.includes('/') ? readNetwork(to)! : `${readAddress(to)!}/${familyOf(to) === 4 ? 32 : 128}`;
  return network.endsWith('/0') ? 'default' : network;
}
