import { addressOf, familyOf, readAddress } from '../src/address.ts';
import { defineTask, type Context, type Endpoint } from '../src/task.ts';
import { metAt } from './names.ts';
import { list } from './options.ts';

const names = (description: string) =>
  ({
    anyOf: [
      { type: 'string', format: 'endpoint' },
      { type: 'array', items: { type: 'string', format: 'endpoint' }, minItems: 1 },
    ],
    description,
  }) as const;

export const reach = defineTask({
  kind: 'reach',
  description:
    'Checks with real packets who reaches whom: ping, or TCP to a port. A failed expectation fails the task.',
  schema: {
    type: 'object',
    additionalProperties: false,
    examples: [{ from: 'all', to: ['all', '192.0.2.1'] }],
    required: ['from', 'to'],
    properties: {
      from: names('Containers of this host, or all.'),
      to: names('Containers (elsewhere NAME@HOST), addresses, all (of this host), or all@all (of every host).'),
      port: { type: 'integer', minimum: 1, maximum: 65535, description: 'TCP to this port instead of ping.' },
      expect: { type: 'boolean', default: true, description: 'false: nobody of them may reach anybody.' },
      timeout: { type: 'integer', minimum: 1, maximum: 60, default: 5, description: 'Seconds to keep trying.' },
    },
  },
  barrier: true,
  references: ({ from, to }) => [
    ...list(from).flatMap((name, index) => reference(name, 'from', index)),
    ...list(to).flatMap((name, index) => reference(name, 'to', index).map((one) => ({ ...one, anywhere: true }))),
  ],
  commands({ from, to, port, timeout, expect }, context) {
    const sources = list(from)
      .flatMap((name) => endpoints(name, context))
      .filter(({ host }) => host === context.host);
    const targets = list(to).flatMap((name) => endpoints(name, context));
    const probes = sources.flatMap((source) =>
      targets
        .filter((target) => !isSame(source, target, context))
        .flatMap((target) =>
          pairs(source, met(source, target, context)).map((address) => [address, target.name] as const),
        )
        .map(([target, name]) => ({
          do: 'probe' as const,
          scope: context.scope(source.name),
          target,
          port,
          // Absence of an answer is only known after a while; a second is Docker's own patience with ARP.
          seconds: expect ? timeout : Math.min(timeout, 2),
          label: `${source.name} -> ${target === '' ? name : target}`,
        })),
    );
    // A target may be named twice, as itself and in `all`.
    return [...new Map(probes.map((probe) => [probe.label, probe])).values()];
  },
  programs: ({ port }) => (port === undefined ? ['ping'] : []),
  judge({ expect }, commands, outcomes) {
    // Who could not even ask (1 is no answer) knows nothing, whatever was expected.
    const unasked = commands.flatMap((_, index) => {
      const { rc, stderr } = outcomes[index] ?? NOTHING;
      return rc > 1 ? [stderr] : [];
    });
    const wrong = commands.filter((_, index) => (outcomes[index]?.rc === 0) !== expect);
    const targets = commands.flatMap((command) => (command.do === 'probe' ? [command.target] : []));
    const six = targets.filter((target) => target.includes(':')).length;
    const four = targets.filter((target) => target !== '').length - six;
    const families = [four > 0 && `${four} IPv4`, six > 0 && `${six} IPv6`];
    const times = outcomes.flatMap(({ stdout }) => (stdout === '' ? [] : [Number(stdout)])).toSorted((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)];
    const good = commands.length - wrong.length;
    const detail = [
      `${good} of ${commands.length} pairs${expect ? '' : ' closed, as expected'} (${families.filter(Boolean).join(', ')})`,
      ...(median === undefined ? [] : [`${median.toFixed(1)} ms median`]),
    ].join(', ');
    if (commands.length === 0) {
      const failed = 'no pair to check whose addresses are known';
      return { changed: false, failed, detail: 'no pair' };
    }
    const unknown = commands.flatMap((one) => (one.do === 'probe' && one.target === '' ? [one.label] : []));
    if (unknown.length > 0) {
      return { changed: false, failed: `no address is known: ${firstOf(unknown)}`, detail };
    }
    if (unasked.length > 0) {
      const why = unasked[0] === '' ? '' : `: ${unasked[0]}`;
      return {
        changed: false,
        failed: `${unasked.length} of ${commands.length} pairs could not be asked${why}`,
        detail,
      };
    }
    if (wrong.length === 0) return { changed: false, detail };
    const shown = wrong.map((command) => (command.do === 'probe' ? command.label : ''));
    return { changed: false, failed: `${expect ? 'no answer' : 'an answer'}: ${firstOf(shown)}`, detail };
  },
});

const firstOf = (labels: readonly string[]): string =>
  `${labels.slice(0, 5).join(', ')}${labels.length > 5 ? ` and ${labels.length - 5} more` : ''}`;

const NOTHING = { rc: 124, stderr: 'no outcome' };

function reference(name: string, key: string, index: number) {
  if (name === 'all' || name === 'all@all' || readAddress(name) !== undefined) return [];
  // Of NAME@HOST at least the name has to be somebody's.
  const [bare = '', host] = name.split('@');
  const anywhere = host === undefined ? {} : { anywhere: true };
  return [{ type: 'container' as const, name: bare, path: [key, index], ...anywhere }];
}

/** Somebody to ask, or to be asked. */
interface Party extends Endpoint {
  /** By the name that is written, and not as one of all. */
  readonly named: boolean;
}

function endpoints(name: string, context: Context): readonly Party[] {
  const literal = readAddress(name);
  if (literal !== undefined) return [{ host: '', name: literal, addresses: [literal], named: true }];
  const named = !name.startsWith('all');
  return chosen(name, context).map((one) => ({ ...one, addresses: addressesOf(one, context), named }));
}

function chosen(name: string, context: Context): readonly Endpoint[] {
  const all = context.containers();
  if (name === 'all@all') return all;
  if (name === 'all') return all.filter(({ host }) => host === context.host);
  const [bare, where] = name.split('@');
  if (where !== undefined) return all.filter((one) => one.name === bare && one.host === where);
  const here = all.filter((one) => one.name === bare && one.host === context.host);
  return here.length > 0 ? here : all.filter((one) => one.name === bare);
}

/** Who is in the network of another container has its addresses. */
function addressesOf(one: Endpoint, context: Context): readonly string[] {
  if (one.addresses.length > 0 || one.host !== context.host || context.scope(one.name) === '') return one.addresses;
  const owner = context.containers().find((other) => other.addresses.length > 0 && isSame(one, other, context));
  return owner?.addresses ?? [];
}

/** By an address on a segment that both are on, where there is one. */
const met = (source: Party, target: Party, context: Context): Party =>
  target.host === context.host
    ? { ...target, addresses: metAt(source.name, target.name, target.addresses, context) }
    : target;

const isSame = (one: Endpoint, other: Endpoint, context: Context): boolean =>
  one.host === other.host &&
  (one.host === context.host ? context.scope(one.name) === context.scope(other.name) : one.name === other.name);

/** One target address per family that both sides have; one without a text where it should have any and none is known. */
function pairs(source: Party, target: Party): string[] {
  if (target.named && target.addresses.length === 0) return [''];
  // Whose own are not known may ask all the same.
  if (source.addresses.length === 0 && source.named) return target.addresses.slice(0, 1).map(addressOf);
  return ([4, 6] as const).flatMap((family) => {
    const has =
      (source.addresses.length === 0 && target.host === '') ||
      source.addresses.some((cidr) => familyOf(cidr) === family);
    const there = target.addresses.find((cidr) => familyOf(cidr) === family);
    return has && there !== undefined ? [addressOf(there)] : [];
  });
}
