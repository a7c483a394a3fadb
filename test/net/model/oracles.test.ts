import { afterAll, expect, test } from 'vitest';
import { expectNone } from './expect.ts';
import { Foresight } from './foresight.ts';
import { expectState } from './judge.ts';
import { Pool, type Machine, type Machines } from './machines.ts';
import { readKernel, shapeOf } from './reader.ts';
import type { State } from './state.ts';
import { Tool } from './tool.ts';
import { expectUntouched, pingsOf, type Settled } from './untouched.ts';
import { eventsDuring } from './watch.ts';
import { Walker } from './walker.ts';

// What judges the walks is judged here: each oracle is shown something wrong, done behind the tool's back, and has to
// say so. That it says nothing of what is right, the walks show.

const STATE: State = {
  hosts: {
    h1: {
      bridges: {
        nw0: { net: 1, host: 1, mtu: 1500, masq: true, v6: true, icc: false },
        nw1: { net: 2, host: 1, mtu: 1400 },
      },
      containers: {
        web: { on: ['nw0', 'nw1'], program: 1000, dns: 1, publish: 8080 },
        db: { on: ['nw0'], fixed: 4, forward: true },
      },
      link: { ends: ['web', 'host'], bytes: [1, 2], name: 'p0' },
      macvlan: { name: 'mv0', byte: 1 },
      blackhole: 1,
      via: { bridge: 'nw1', table: 100, byte: 9 },
      beyond: { container: 'web' },
      rule: { from: 1, table: 100 },
      rpFilter: 2,
      ecn: { container: 'web', value: 1 },
      firewall: { port: 81, container: 'db', masquerade: true },
      rate: { container: 'web', value: 100 },
      adopt: { mtu: 1400, byte: 1 },
    },
  },
};

const pool = new Pool();
afterAll(() => {
  pool.end();
});

/** On a host that has it all; whatever is done to it there, it ends with the test. */
async function onHost(work: (machine: Machine, machines: Machines) => Promise<void>): Promise<void> {
  const done = new Error('done');
  const worked = pool.lend(1, async (machines) => {
    await new Walker(machines).settle(STATE);
    await work(machines.all[0]!, machines);
    throw done;
  });
  await worked.catch((error: unknown) => {
    if (error !== done) throw error;
  });
}

const web = (line: string): string => `nsenter --net=/run/netns/lab-web ${line}`;
const db = (line: string): string => `nsenter --net=/run/netns/lab-db ${line}`;

/** Each with what takes it back, where the tool leaves it to who did it. */
const WRONG: Readonly<Record<string, readonly [string, string?]>> = {
  'a namespace too many': ['ip netns add lab-app', 'ip netns del lab-app'],
  'a link too many': ['ip link add name x0 type bridge; ip link set x0 alias netwright:lab', 'ip link del x0'],
  'the MTU of a bridge': ['ip link set nw1 mtu 1300', 'ip link set nw1 mtu 1400'],
  'a bridge that is down': [
    'ip link set nw1 down',
    'ip link set nw1 up; ip route add table 100 10.30.0.0/16 via 10.2.0.9',
  ],
  'an address too many': ['ip addr add 10.2.0.7/24 dev nw1', 'ip addr del 10.2.0.7/24 dev nw1'],
  'no link-local gateway': ['ip addr del fe80::1/64 dev nw0', 'ip addr add fe80::1/64 dev nw0 nodad'],
  'an address of somebody else': [
    `${web('ip addr flush dev eth0 scope global')}; ${web('ip addr add 10.1.0.4/24 dev eth0')}`,
    web('ip addr del 10.1.0.4/24 dev eth0'),
  ],
  'another MAC': [web('ip link set eth1 address 02:42:0a:02:00:77')],
  'no address of the link': [
    web('ip addr flush dev p0'),
    `${web('ip addr add 192.168.9.1/24 dev p0')}; ${web('ip route add 10.31.0.0/16 via 192.168.9.2')}`,
  ],
  'a route inside too many': [web('ip route add blackhole 10.5.0.0/16'), web('ip route del 10.5.0.0/16')],
  'forwarding inside': [db('sysctl -qw net.ipv4.ip_forward=0'), db('sysctl -qw net.ipv4.ip_forward=1')],
  'a program that is dead': ['kill -9 $(ip netns pids lab-web)'],
  'another name server': [
    'sed -i s/10.53.0.1/10.53.0.9/ /etc/netns/lab-web/resolv.conf',
    'sed -i s/10.53.0.9/10.53.0.1/ /etc/netns/lab-web/resolv.conf',
  ],
  'a rule too many': ['ip rule add from 10.9.0.0/16 table 100 priority 901', 'ip rule del priority 901'],
  'no route of the host': ['ip route del blackhole 10.91.0.0/16', 'ip route add blackhole 10.91.0.0/16'],
  'reverse path filtering': ['sysctl -qw net.ipv4.conf.all.rp_filter=0', 'sysctl -qw net.ipv4.conf.all.rp_filter=2'],
  'a parameter inside': [web('sysctl -qw net.ipv4.tcp_ecn=0'), web('sysctl -qw net.ipv4.tcp_ecn=1')],
  'no shaper': [web('tc qdisc del dev eth0 root')],
  'a filter that is gone': [db('nft flush chain inet netwright-lab main_input')],
  'masquerading that is gone': [db('nft flush chain ip netwright-lab main_nat')],
  'no masquerading of a bridge': ['nft flush chain ip netwright-lab postrouting'],
  'neighbours that are not kept apart': ['nft flush chain ip6 netwright-lab forward'],
  'a port that leads nowhere': ['nft flush chain ip netwright-lab prerouting'],
  'a port that leads nowhere from the host itself': ['nft flush chain ip6 netwright-lab output'],
  'a port that leads to somebody else': [
    'nft flush chain ip netwright-lab output; nft add rule ip netwright-lab output tcp dport 8080 dnat to 10.1.0.4:80',
    'nft flush chain ip netwright-lab output',
  ],
  'no macvlan': ['ip link del mv0'],
  'what was adopted': ['ip addr del 10.88.0.1/24 dev old0', 'ip addr add 10.88.0.1/24 dev old0'],
};

test('the judge sees whatever is not as the state has it', { timeout: 300_000 }, async () => {
  const blind: string[] = [];
  await onHost(async ({ kernel }, machines) => {
    const walker = new Walker(machines);
    const isRight = async (): Promise<boolean> => {
      const seen = await readKernel(kernel);
      try {
        expectState('h1', seen, STATE);
        return true;
      } catch {
        return false;
      }
    };
    for (const [name, [line, back = 'true']] of Object.entries(WRONG)) {
      await kernel.sh(line);
      if (await isRight()) blind.push(name);
      await kernel.sh(back);
      if (!(await isRight())) await walker.settle(STATE);
      expectState('h1', await readKernel(kernel), STATE);
    }
  });
  expect(blind.join(', ')).toBe('');
});

test('what the kernel tells is heard, of the host and of a namespace, of links, addresses, routes, rules and nft', async () => {
  await onHost(async (machine, { directory }) => {
    const lines = [
      'ip link set nw1 mtu 1401',
      web('ip addr add 10.7.0.1/32 dev lo'),
      'ip route add blackhole 10.7.0.0/16',
      web('ip rule add from 10.7.0.0/16 table 7'),
      db("nft 'add chain inet netwright-lab other'"),
    ];
    for (const line of lines) {
      const heard = await eventsDuring(machine, directory, () => machine.kernel.sh(line));
      expect(heard, line).not.toEqual([]);
    }
    // What a run tells that has nothing to do comes to an end.
    const nothing = () => eventsDuring(machine, directory, () => machine.kernel.sh('ip link show nw0'));
    await expect.poll(nothing, { timeout: 10_000 }).toEqual([]);
  });
});

test('a ping that is lost is missed, and a link that was made anew is known for another', async () => {
  await onHost(async (machine) => {
    const before: Settled = { state: STATE, seen: new Map([['h1', await readKernel(machine.kernel)]]) };
    const [first] = await pingsOf(before, STATE, machine);
    expect(await first!.lost()).toEqual([]);
    const [second] = await pingsOf(before, STATE, machine);
    await machine.kernel.sh('ip link set nw0 down; sleep 0.3; ip link set nw0 up');
    expect(await second!.lost()).not.toEqual([]);
    expectUntouched('h1', before, before);
    const again = async (line: string): Promise<Settled> => {
      await machine.kernel.sh(line);
      return { state: STATE, seen: new Map([['h1', await readKernel(machine.kernel)]]) };
    };
    const renumbered = await again(db('ip addr add 10.1.0.9/24 dev eth0'));
    expect(() => {
      expectUntouched('h1', before, renumbered);
    }).toThrow('renumbered');
    const stacked = await again('ip link del mv0; ip link add link nw0 name mv0 type macvlan');
    expect(() => {
      expectUntouched('h1', before, stacked);
    }).toThrow('mv0 of the host was made anew');
    const anew = await again('ip link del nw1; ip link add name nw1 type bridge');
    expect(() => {
      expectUntouched('h1', before, anew);
    }).toThrow('made anew');
  });
});

test('a host that is not as it was foreseen, or as another that went straight there, is known for it', async () => {
  await onHost(async (machine, machines) => {
    const foresight = await Foresight.of(new Tool(machines), STATE, machines.all);
    const shape = JSON.stringify(shapeOf(await readKernel(machine.kernel)));
    await foresight.expectFulfilled();
    await machine.kernel.sh(web('ip link set eth1 mtu 1399'));
    await expect(foresight.expectFulfilled()).rejects.toThrow('foreseen');
    expect(JSON.stringify(shapeOf(await readKernel(machine.kernel)))).not.toBe(shape);
  });
});

test('what is left behind is seen', { timeout: 120_000 }, async () => {
  const left = async (line: string): Promise<string> => {
    let said = '';
    await onHost(async (machine) => {
      await machine.kernel.sh(line);
      said = await machine.expectBare('left', 3).then(String, String);
    });
    return said;
  };
  expect(await left('true')).toMatch(/nw0/);
  await onHost(async (machine, machines) => {
    await new Walker(machines).destroy();
    for (const [line, word, back] of [
      ['ip link add name lab0 type bridge', /lab0/, 'ip link del lab0'],
      ['ip route add blackhole 10.6.0.0/16', /10\.6\.0\.0/, 'ip route del blackhole 10.6.0.0/16'],
      ['mkdir /var/lib/netwright; : >/var/lib/netwright/lab.json', /lab\.json/, 'rm -r /var/lib/netwright'],
      ['sysctl -qw net.ipv4.ip_forward=1', /ip_forward/, 'sysctl -qw net.ipv4.ip_forward=0'],
      ['nft add table ip left', /left/, 'nft delete table ip left'],
      ['setsid sleep 1000 >/dev/null 2>&1 </dev/null &', /sleep 1000/, 'pkill -x sleep'],
    ] as const) {
      await machine.kernel.sh(line);
      await expect(machine.expectBare('left', 3)).rejects.toThrow(word);
      await machine.kernel.sh(back);
      await machine.expectBare(`${back}, and still left`);
    }
  });
  expect(() => {
    expectNone(['x'], 'something');
  }).toThrow('something:\nx');
});
