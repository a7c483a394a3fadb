import { describeImpairment, impairment, type Netem, type Tbf } from '../src/objects/impairment.ts';
import { defineTask, type Mistake } from '../src/task.ts';
import { container, state, toContainer } from './options.ts';

const time = (description: string, examples: string[]) =>
  ({ type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?(us|ms|s)$', description, examples }) as const;

const share = (description: string) =>
  ({ type: 'string', pattern: '^[0-9]{1,2}(\\.[0-9]{1,6})?%$|^100%$', description, examples: ['1.5%'] }) as const;

export const impair = defineTask({
  kind: 'impair',
  description: 'Makes an interface worse than it is: a rate, a delay, losses, for what leaves by it.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ interface: 'eth0', container: 'web', delay: '40ms', jitter: '5ms', loss: '1.5%' }],
    required: ['interface'],
    properties: {
      interface: { type: 'string', format: 'device', description: 'By which the packets leave.' },
      container,
      rate: {
        type: 'string',
        pattern: '^[0-9]+(\\.[0-9]+)?(bit|kbit|mbit|gbit)$',
        description: 'At most so much a second (tbf).',
        examples: ['10mbit'],
      },
      burst: {
        type: 'string',
        pattern: '^[0-9]+(b|kb|mb)$',
        description: 'So much at once, in bytes of 1024; by default 4 ms of the rate, at least 32kb.',
        examples: ['32kb'],
      },
      latency: time('How long a packet waits for its turn before it is dropped; by default 50ms.', ['50ms']),
      delay: time('How much later each packet leaves (netem).', ['40ms']),
      jitter: time('By how much the delay varies.', ['5ms']),
      loss: share('The share of packets that are lost.'),
      duplicate: share('The share of packets that are sent twice.'),
      corrupt: share('The share of packets in which a bit is wrong.'),
      reorder: share('The share of packets that overtake the others, having no delay.'),
      state,
    },
  },
  identity: ({ interface: dev, container: where }) => `impair ${where === undefined ? '' : `${where} `}${dev}`,
  primary: (args, { scope }) => impairment(scope(args.container), dataOf(args)),
  references: ({ container: where }) => toContainer(where),
  check({ state: wanted, ...args }) {
    const mistakes: Mistake[] = [];
    const needs = (key: 'burst' | 'latency' | 'jitter' | 'reorder', other: 'rate' | 'delay'): void => {
      if (args[key] === undefined || args[other] !== undefined) return;
      const message = `impair.${key}: means nothing without ${other}`;
      mistakes.push({ path: [key], code: 'MISSING_KEY', message, hint: `add ${other}:` });
    };
    needs('burst', 'rate');
    needs('latency', 'rate');
    needs('jitter', 'delay');
    needs('reorder', 'delay');
    const { netem, tbf } = dataOf(args);
    if (wanted === 'present' && !netem && !tbf && mistakes.length === 0) {
      const hint = 'rate: 10mbit, delay: 40ms or loss: 1%, say';
      mistakes.push({ path: [], code: 'MISSING_KEY', message: 'impair: does nothing', hint });
    }
    if (tbf?.rate === 0) {
      mistakes.push({ path: ['rate'], code: 'OUT_OF_RANGE', message: 'impair.rate: nothing would ever leave' });
    }
    return mistakes;
  },
  objects: (args, { scope }) => [impairment(scope(args.container), dataOf(args))],
  summary: (args) => `${args.interface} ${describeImpairment(dataOf(args))}`,
});

interface Options {
  readonly interface: string;
  readonly rate?: string | undefined;
  readonly burst?: string | undefined;
  readonly latency?: string | undefined;
  readonly delay?: string | undefined;
  readonly jitter?: string | undefined;
  readonly loss?: string | undefined;
  readonly duplicate?: string | undefined;
  readonly corrupt?: string | undefined;
  readonly reorder?: string | undefined;
}

const MICROSECONDS = { us: 1, ms: 1e3, s: 1e6 } as const;
const BITS = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 } as const;
const BYTES = { b: 1, kb: 1024, mb: 1024 * 1024 } as const;

function amount(text: string, units: Readonly<Record<string, number>>): number {
  const [, number = '', unit = ''] = /^([0-9.]+)([a-z]+)$/.exec(text) ?? [];
  return Math.round(Number(number) * (units[unit] ?? 1));
}

function dataOf(args: Options) {
  return { dev: args.interface, netem: netemOf(args), tbf: tbfOf(args) };
}

function tbfOf({ rate: text, burst, latency }: Options): Tbf | undefined {
  if (text === undefined) return undefined;
  const rate = amount(text, BITS);
  return {
    rate,
    // A bucket smaller than what goes in one timer tick could never fill the rate (tc-tbf(8)).
    burst: burst === undefined ? Math.max(32 * 1024, Math.ceil(rate / 8 / 250)) : amount(burst, BYTES),
    latency: amount(latency ?? '50ms', MICROSECONDS),
  };
}

function netemOf(args: Options): Netem | undefined {
  const time = (text: string | undefined) => (text === undefined ? undefined : amount(text, MICROSECONDS));
  const part = (text: string | undefined) => (text === undefined ? undefined : Number(text.slice(0, -1)));
  const netem = {
    ...{ delay: time(args.delay), jitter: time(args.jitter), loss: part(args.loss) },
    ...{ duplicate: part(args.duplicate), corrupt: part(args.corrupt), reorder: part(args.reorder) },
  };
  return Object.values(netem).every((value) => value === undefined) ? undefined : netem;
}
