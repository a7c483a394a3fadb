import { addressOf, familyOf, readAddress } from '../src/address.ts';
import { defineTask, type Context, type Endpoint } from '../src/task.ts';
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
        .filter((target) => target.name !== source.name || target.host !== source.host)
        .flatMap((target) => pairs(source, target))
        .map((target) => ({
          do: 'probe' as const,
          scope: context.scope(source.name),
          target,
          port,
          // Absence of an answer is only known after a while; a second is Docker's own patience with ARP.
          seconds: expect ? timeout : Math.min(timeout, 2),
          label: `${source.name} -> ${target}`,
        })),
    );
    // A target may be named twice, as itself and in `all`.
    return [...new Map(probes.map((probe) => [probe.label, probe])).values()];
  },
  judge({ expect }, commands, outcomes) {
    // Who could not even ask (1 is no answer) knows nothing, whatever was expected.
    const unasked = commands.flatMap((_, index) => {
      const { rc, stderr } = outcomes[index] ?? NOTHING;
      return rc > 1 ? [stderr] : [];
    });
    const wrong = commands.filter((_, index) => (outcomes[index]?.rc === 0) !== expect);
    const four = commands.filter((command) => command.do === 'probe' && familyOf(command.target) === 4).length;
    const families = [four > 0 && `${four} IPv4`, commands.length > four && `${commands.length - four} IPv6`];
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
    if (unasked.length > 0) {
      const why = unasked[0] === '' ? '' : `: ${unasked[0]}`;
      return {
        changed: false,
        failed: `${unasked.length} of ${commands.length} pairs could not be asked${why}`,
        detail,
      };
    }
    if (wrong.length === 0) return { changed: false, detail };
    const shown = wrong.slice(0, 5).map((command) => (command.do === 'probe' ? command.label : ''));
    const more = wrong.length > 5 ? ` and ${wrong.length - 5} more` : '';
    return { changed: false, failed: `${expect ? 'no answer' : 'an answer'}: ${shown.join(', ')}${more}`, detail };
  },
});

const NOTHING = { rc: 124, stderr: 'no outcome' };

function reference(name: string, key: string, index: number) {
  if (name === 'all' || name === 'all@all' || readAddress(name) !== undefined) return [];
  // Of NAME@HOST at least the name has to be somebody's.
  const [bare = '', host] = name.split('@');
  const anywhere = host === undefined ? {} : { anywhere: true };
  return [{ type: 'container' as const, name: bare, path: [key, index], ...anywhere }];
}

function endpoints(name: string, context: Context): readonly Endpoint[] {
  const literal = readAddress(name);
  if (literal !== undefined) return [{ host: '', name: literal, addresses: [literal] }];
  const all = context.containers();
  if (name === 'all@all') return all;
  if (name === 'all') return all.filter(({ host }) => host === context.host);
  const [bare, where] = name.split('@');
  if (where !== undefined) return all.filter((one) => one.name === bare && one.host === where);
  const here = all.filter((one) => one.name === bare && one.host === context.host);
  return here.length > 0 ? here : all.filter((one) => one.name === bare);
}

/** One target address per family that both sides have. */
function pairs(source: Endpoint, target: Endpoint): string[] {
  return ([4, 6] as const).flatMap((family) => {
    // Who has none that is known may have one by DHCP; an address that is written out it may ask in any case.
    const mayAsk = target.host === '' && source.addresses.length === 0;
    const has = mayAsk || source.addresses.some((cidr) => familyOf(cidr) === family);
    const there = target.addresses.find((cidr) => familyOf(cidr) === family);
    return has && there !== undefined ? [addressOf(there)] : [];
  });
}
