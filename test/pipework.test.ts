import { describe, expect, it } from 'vitest';
import { validateArgs } from '../src/validate.ts';
import { NetwrightError } from '../src/error.ts';
import { importPipework } from '../src/pipework.ts';
import { parseSource, renderYaml } from '../src/source.ts';
import { kinds } from '../tasks/index.ts';

type Tasks = readonly Readonly<Record<string, unknown>>[];
const tasksOf = (...lines: string[]): Tasks => importPipework(lines, 'netns').tasks as Tasks;

/** A container `web` with one network. */
const web = (network: object): object => ({ container: { name: 'web', networks: [network] } });
const guest = { container: { name: 'web' } };

/** The forms of its command line, in the order of its README, and what comes of each. */
const FORMS: readonly (readonly [string, readonly object[]])[] = [
  [
    'br1 web 192.168.1.1/24',
    [{ bridge: { name: 'br1' } }, web({ bridge: 'br1', interface: 'eth1', address: '192.168.1.1/24' })],
  ],
  [
    'br1 -i eth2 -l webpl -a 4 web 192.168.1.1/24@192.168.1.254 02:00:00:00:00:09',
    [
      { bridge: { name: 'br1' } },
      web({
        bridge: 'br1',
        interface: 'eth2',
        host_interface: 'webpl',
        address: '192.168.1.1/24',
        gateway: '192.168.1.254',
        mac_address: '02:00:00:00:00:09',
      }),
    ],
  ],
  [
    'docker0 web 172.17.0.9/16',
    [web({ bridge: 'docker0', external: true, interface: 'eth1', address: '172.17.0.9/16' })],
  ],
  ['br1 web 0/0', [{ bridge: { name: 'br1' } }, web({ bridge: 'br1', interface: 'eth1', address: 'none' })]],
  [
    'br1 web 10.0.0.5/24 @20',
    [
      { bridge: { name: 'br1', vlan_filtering: true } },
      web({ bridge: 'br1', interface: 'eth1', vlan: 20, address: '10.0.0.5/24' }),
    ],
  ],
  ['eth1 web 10.0.0.5/24', [web({ macvlan: 'eth1', interface: 'eth1', address: '10.0.0.5/24' })]],
  [
    'eth1 web 10.0.0.5/24@10.1.0.1 U:myhost.foo.com@42',
    [
      web({
        ...{ macvlan: 'eth1', interface: 'eth1', vlan: 42, address: '10.0.0.5/24' },
        ...{ gateway: '10.1.0.1', onlink: true, mac_address: 'U:myhost.foo.com' },
      }),
    ],
  ],
  [
    'eth1 -a 6 web 2001:db8:1::2/64@2001:db8:2::1',
    [web({ macvlan: 'eth1', interface: 'eth1', address: '2001:db8:1::2/64', gateway: '2001:db8:2::1', onlink: true })],
  ],
  [
    'eth1 web 2001:db8:1::2/64@fe80::1',
    [web({ macvlan: 'eth1', interface: 'eth1', address: '2001:db8:1::2/64', gateway: 'fe80::1' })],
  ],
  ['--direct-phys eth1 web 10.0.0.5/24', [web({ physical: 'eth1', interface: 'eth1', address: '10.0.0.5/24' })]],
  [
    '--direct-phys mac:02:00:00:00:01:01 web 10.0.0.5/24 @7',
    [web({ physical: 'mac:02:00:00:00:01:01', interface: 'eth1', vlan: 7, address: '10.0.0.5/24' })],
  ],
  ['mac:02:00:00:00:01:01 web 0/0', [web({ macvlan: 'mac:02:00:00:00:01:01', interface: 'eth1', address: 'none' })]],
  [
    'route web add 10.2.0.0/16 via 10.0.0.1',
    [guest, { route: { container: 'web', to: '10.2.0.0/16', via: '10.0.0.1' } }],
  ],
  [
    'route web replace blackhole 10.2.0.0/16 metric 7 table 100',
    [guest, { route: { container: 'web', to: '10.2.0.0/16', type: 'blackhole', metric: 7, table: 100 } }],
  ],
  [
    'route web del default via 10.0.0.1',
    [guest, { route: { container: 'web', to: 'default', via: '10.0.0.1', state: 'absent' } }],
  ],
  [
    'rule web add from 10.0.0.0/8 fwmark 16 lookup 100 pref 500',
    [guest, { rule: { container: 'web', from: '10.0.0.0/8', fwmark: '0x10', table: 100, priority: 500 } }],
  ],
  [
    'rule web add not to 10.0.0.1 prohibit',
    [guest, { rule: { container: 'web', not: true, to: '10.0.0.1', action: 'prohibit' } }],
  ],
  [
    'tc web qdisc add dev eth1 root netem delay 30ms 5ms loss 1%',
    [guest, { impair: { interface: 'eth1', container: 'web', delay: '30ms', jitter: '5ms', loss: '1%' } }],
  ],
  [
    'tc web qdisc add dev eth1 root handle 1: tbf rate 1mbit burst 32kbit latency 400ms',
    [guest, { impair: { interface: 'eth1', container: 'web', rate: '1mbit', latency: '400ms', burst: '4096b' } }],
  ],
  ['tc web qdisc del dev eth1 root', [guest, { impair: { interface: 'eth1', container: 'web', state: 'absent' } }]],
  ['br1 -i eth0 web dhcp', [{ bridge: { name: 'br1' } }, web({ bridge: 'br1', interface: 'eth0', dhcp: true })]],
  ['eth1 web udhcpc-f', [web({ macvlan: 'eth1', interface: 'eth1', dhcp: 'udhcpc' })]],
  [
    'eth1 web dhclient-f:-v\\ -nc U:web',
    [
      web({
        ...{ macvlan: 'eth1', interface: 'eth1', dhcp: 'dhclient', dhcp_options: ['-v', '-nc'] },
        mac_address: 'U:web',
      }),
    ],
  ],
  ['--direct-phys eth1 web dhcpcd @7', [web({ physical: 'eth1', interface: 'eth1', vlan: 7, dhcp: 'dhcpcd' })]],
  [
    'dummy -i eth2 web 192.168.21.1/24@192.168.21.254 U:web',
    [
      guest,
      { dummy: { container: 'web', name: 'eth2', address: '192.168.21.1/24', mac_address: 'U:web' } },
      { route: { container: 'web', to: 'default', via: '192.168.21.254', dev: 'eth2' } },
    ],
  ],
];

describe('a command line of pipework', () => {
  it.each(FORMS)('pipework %s', (line, expected) => {
    expect(tasksOf(`pipework ${line}`)).toEqual(expected);
  });

  it.each(FORMS)('makes tasks that are valid, read back from their text: %s', (line) => {
    const { source } = parseSource(renderYaml(importPipework([line])), 'lab.yml');
    const { tasks } = source!.value as { tasks: Tasks };
    const problems = tasks.flatMap((task, index) => {
      const [name, args] = Object.entries(task)[0]!;
      const kind = kinds.find((one) => one.kind === name)!;
      const at = { source: source!, path: ['tasks', index, name] };
      const checked = validateArgs(kind, args, at);
      return [...checked.problems, ...(checked.problems.length > 0 ? [] : (kind.check?.(checked.value) ?? []))];
    });
    expect(problems).toEqual([]);
  });

  it('may have a path and sudo before it', () => {
    expect(tasksOf('sudo /usr/local/bin/pipework br1 web 0/0')).toEqual(tasksOf('br1 web 0/0'));
  });
});

it.each([
  ['docker', 'Web_1', { attach: { name: 'web-1', container: 'Web_1' } }],
  ['docker', 'web', { attach: { name: 'web' } }],
  ['docker', 'a'.repeat(64), { attach: { name: `c${'a'.repeat(12)}`, container: 'a'.repeat(64) } }],
  ['docker', '63f36fc01b5f', { attach: { name: 'c63f36fc01b5f', container: '63f36fc01b5f' } }],
  ['podman', 'web', { attach: { name: 'web', runtime: 'podman' } }],
] as const)('a guest that %s runs already is plugged in: %s', (runtime, guest, { attach }) => {
  const networks = [{ bridge: 'br1', interface: 'eth1', address: '10.0.0.1/24' }];
  const { tasks } = importPipework([`pipework br1 ${guest} 10.0.0.1/24`], runtime);
  expect(tasks).toEqual([{ bridge: { name: 'br1' } }, { attach: { ...attach, networks } }]);
  expect(importPipework([`pipework route ${guest} add 10.2.0.0/16 dev eth1`], runtime).tasks).toEqual([
    { attach },
    { route: { container: attach.name, to: '10.2.0.0/16', dev: 'eth1' } },
  ]);
});

it('a gateway takes over the default route that an engine gave', () => {
  const { tasks } = importPipework(['pipework br1 web 10.0.0.2/24@10.0.0.1'], 'docker');
  const networks = [{ bridge: 'br1', interface: 'eth1', address: '10.0.0.2/24', gateway: '10.0.0.1' }];
  expect(tasks).toEqual([{ bridge: { name: 'br1' } }, { attach: { name: 'web', networks }, adopt: true }]);
});

it('several lines make one playbook: a bridge and a container once', () => {
  expect(tasksOf('pipework br1 a 10.0.0.1/24', 'pipework br1 b 10.0.0.2/24', 'pipework br2 -i eth2 a 0/0 @5')).toEqual([
    { bridge: { name: 'br1' } },
    { bridge: { name: 'br2', vlan_filtering: true } },
    {
      container: {
        name: 'a',
        networks: [
          { bridge: 'br1', interface: 'eth1', address: '10.0.0.1/24' },
          { bridge: 'br2', interface: 'eth2', vlan: 5, address: 'none' },
        ],
      },
    },
    { container: { name: 'b', networks: [{ bridge: 'br1', interface: 'eth1', address: '10.0.0.2/24' }] } },
  ]);
});

describe('what has no equivalent is refused with its reason', () => {
  it.each([
    ['ovsbr0 web 10.0.0.1/24 @10', /Open vSwitch/],
    ['ib0 web 10.0.0.1/24', /InfiniBand/],
    ['--wait', /nothing to wait for/],
    ['--wait -i eth2', /nothing to wait for/],
    ['br1 -a inet6 web 2001:db8::1/64', /4 or 6/],
    ['br1 -a 6 web 10.0.0.1/24', /not IPv6/],
    ['eth1 -l host1 web 10.0.0.1/24', /no end on the host/],
    ['--direct-phys br1 web 10.0.0.1/24', /bridge/],
    ['br1 web', /no address/],
    ['br1', /no guest/],
    ['br1 web 10.0.0.1', /no address with its length/],
    ['br1 web 10.0.0.1/24@here', /no address of a gateway/],
    ['br1 web 10.0.0.1/24 03:00:00:00:00:01', /neither a MAC/],
    ['br1 web 10.0.0.1/24 @4095', /VLAN/],
    ['br1 web 10.0.0.1/24 @10 more', /one word too many/],
    ['br1 9web 10.0.0.1/24', /begins with a letter/],
    ['br1 $APACHE 10.0.0.1/24', /for a shell to replace/],
    ['br1 $(docker run -d apache) 10.0.0.1/24', /for a shell to replace/],
    ['dummy web 10.0.0.1/24 @10', /no VLAN/],
    ['dummy web dhcp', /nobody answers/],
    ['route web show', /keeps no state/],
    ['route web add 10.0.0.0/8 nexthop via 10.0.0.1', /"nexthop" is not supported/],
    ['rule web flush', /keeps no state/],
    ['rule web add from 10.0.0.0/8 goto 100', /"goto" is not supported/],
    ['tc web filter add dev eth1', /only "qdisc/],
    ['tc web qdisc add dev eth1 root htb', /"htb" is not supported/],
    ['tc web qdisc add dev eth1 root netem delay 10ms 1ms 25%', /correlations/],
    ["br1 web 'dhcp", /quote/],
  ])('pipework %s', (line, message) => {
    const act = (): unknown => importPipework([`pipework ${line}`]);
    expect(act).toThrow(NetwrightError);
    expect(act).toThrow(message);
  });
});
