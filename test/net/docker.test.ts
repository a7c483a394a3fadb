import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { CHANGES, exits, expectSame, onHost, recapOf, told, writeOn } from './netwright.ts';
import { startRig, type Docker, type Rig, type RigHost } from './rig.ts';

// A host on which a real dockerd drops what is forwarded, bridged packets too (FACTS 31 and 40).
const PLAYBOOK = 'playbooks/quickstart.yml';
const CONTAINERS = ['web', 'app', 'db'];

let rig: Rig;
let host: RigHost;
let kernel: Kernel;
let docker: Docker;
let clean: string;
let rules: string;

const netwright = (...argv: string[]) => onHost(host, argv);
const rulesOf = (...chain: string[]): Promise<string> =>
  host.sh(`for t in filter nat; do iptables -t $t -S ${chain.join(' ')}; ip6tables -t $t -S; done`);

async function reachesAll(): Promise<void> {
  for (const from of CONTAINERS) {
    for (const last of [1, 2, 3]) {
      const inside = kernel.in(`quickstart-${from}`);
      expect(await inside.pings(`172.30.5.${last}`), `${from} to ${last}, IPv4`).toBe(true);
      expect(await inside.pings(`2001:db8:1::242:ac1e:50${last}`), `${from} to ${last}, IPv6`).toBe(true);
    }
    // Out of the host and back: forwarded, masqueraded, answered.
    expect(await kernel.in(`quickstart-${from}`).pings('10.60.0.2'), `${from} to the neighbour`).toBe(true);
  }
}

beforeAll(async () => {
  rig = await startRig(2, { hosts: { h1: { docker: true } } });
  host = rig.host('h1');
  kernel = new Kernel(host);
  docker = await host.startDocker();
  await host.sh(`sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1
    docker run -d --name theirs --stop-signal KILL -p 8099:80 ${docker.image} httpd -f -p 80 -h /bin`);
  await kernel.settled();
  clean = await host.snapshot();
  rules = await rulesOf();
});
afterAll(() => rig.stop());

test('the host is one on which the quickstart could not work by itself', async () => {
  expect(rules).toContain('-P FORWARD DROP');
  expect(await kernel.parameter('net/bridge/bridge-nf-call-iptables')).toBe('1');
});

describe('the quickstart', () => {
  test('is planned with the accepts that it needs, each shown', async () => {
    const { stdout } = await exits(2, netwright('plan', PLAYBOOK));
    const bridge = told(stdout, '+').find((line) => line.startsWith('+ Bridge'));
    expect(bridge).toMatch(/DOCKER-USER accepts nw0 to any.*any to nw0 \(answers\).*Docker drops IPv4 otherwise/);
    await expectSame([host], [clean]);
  });

  test('works, in both families', async () => {
    const { stdout } = await exits(0, netwright('run', PLAYBOOK));
    expect(recapOf(stdout).localhost).toMatchObject({ ok: 4, changed: 3, exchanges: 2 });
    await reachesAll();
  });

  test('added nothing to the rules but its own in DOCKER-USER, with its name on them', async () => {
    const now = (await rulesOf()).split('\n');
    const before = new Set(rules.split('\n'));
    const added = now.filter((line) => !before.has(line));
    expect(added.length).toBeGreaterThan(0);
    const ours = /^-A DOCKER-USER .*-[io] nw0 .*"?netwright:quickstart"? -j (ACCEPT|DOCKER-ISOLATION-STAGE-2)$/;
    for (const line of added) expect(line).toMatch(ours);
    expect(now.filter((line) => before.has(line)).join('\n')).toBe(rules);
  });

  test('has nothing to do the second time', async () => {
    const { stdout } = await exits(0, netwright('run', PLAYBOOK));
    expect(told(stdout, CHANGES)).toEqual([]);
  });

  test('opens no port of the containers on networks of Docker that is not published', async () => {
    const web = kernel.in('quickstart-web');
    const { stdout: address } = await host.exec([
      'docker',
      'inspect',
      '-f',
      '{{.NetworkSettings.IPAddress}}',
      'theirs',
    ]);
    expect(await web.opens('10.60.0.1', 8099), 'the published port').toBe(true);
    expect(await web.opens(address.trim(), 80), 'the same, asked behind its back').toBe(false);
    // It may ask; and the answer is none of its opening.
    expect((await host.exec(['docker', 'exec', 'theirs', 'ping', '-c', '1', '-W', '5', '172.30.5.1'])).code).toBe(0);
  });

  test.each(['TERM', 'KILL'] as const)(
    'still works after dockerd was ended by SIG%s and started again',
    async (signal) => {
      await docker.stop(signal);
      await docker.start();
      await reachesAll();
      const { stdout } = await exits(0, netwright('run', PLAYBOOK));
      expect(told(stdout, CHANGES)).toEqual([]);
    },
  );

  test('leaves the rules of Docker byte for byte, and nothing of its own', async () => {
    // Ended with the daemon, and with it its link and rules.
    await host.sh('docker start theirs');
    const before = (await rulesOf()).split('\n').filter((line) => !line.includes('netwright:'));
    await exits(0, netwright('destroy', PLAYBOOK));
    expect((await rulesOf()).split('\n')).toEqual(before);
    expect(await kernel.parameter('net/ipv4/ip_forward')).toBe('1');
    const links = [...(await kernel.links()).keys()].filter((name) => name.startsWith('nw'));
    expect(links).toEqual([]);
    const left = 'find /run/netns /etc/netns /var/lib/netwright -mindepth 1 2>/dev/null || true';
    expect(await host.sh(left)).toBe('');
  });
});

test('up and down again while Docker just runs is byte-identical', async () => {
  await kernel.settled();
  const before = await host.snapshot();
  await exits(0, netwright('run', PLAYBOOK));
  await exits(0, netwright('destroy', PLAYBOOK));
  await expectSame([host], [before]);
});

test.each(['icc', 'publish', 'dhcp', 'wider-world'])(
  'beside Docker playbooks/%s.yml does what it does without, and is gone again',
  async (name) => {
    await kernel.settled();
    const before = await host.snapshot();
    const path = `playbooks/${name}.yml`;
    await exits(0, netwright('run', path));
    if (name === 'publish') {
      // The host asks for a container's MAC from its link-local address, and does not while that is tentative.
      for (const each of [kernel, kernel.in('publish-web')]) expect(await each.tentative()).toEqual([]);
      for (const address of ['10.60.0.1', 'fd60::1']) {
        expect(await new Kernel(rig.host('h2')).opens(address, 8080), `${address}:8080 from outside`).toBe(true);
      }
    }
    await exits(0, netwright('plan', path));
    await exits(0, netwright('destroy', path));
    await expectSame([host], [before]);
  },
);

test('beside Docker only the sources that may come in do', async () => {
  await kernel.settled();
  const neighbour = rig.host('h2');
  const [web, open] = ['10.77.1.2', '10.77.2.2'] as const;
  await neighbour.sh(`ip addr add 10.60.0.22/24 dev eth0; ip route add 10.77.0.0/16 via ${host.address}`);
  const before = await host.snapshot();
  const reaches = async (from: string, to: string): Promise<boolean> =>
    (await neighbour.exec(['ping', '-c', '1', '-W', '3', '-I', from, to])).code === 0;
  expect(await reaches('10.60.0.2', web)).toBe(false);
  await writeOn(
    host,
    '/root/sources.yml',
    `- hosts: localhost
  lab: sources
  tasks:
    - bridge: { name: nw-some, address: 10.77.1.1/24, ip_masq: true, allow_from: [10.60.0.2] }
    - bridge: { name: nw-all, address: 10.77.2.1/24, ip_forward: true }
    - container: { name: web, networks: [{ bridge: nw-some }] }
    - container: { name: open, networks: [{ bridge: nw-all }] }
`,
  );
  await exits(0, netwright('run', '/root/sources.yml'));
  expect(await reaches('10.60.0.2', web)).toBe(true);
  expect(await reaches('10.60.0.22', web)).toBe(false);
  for (const from of ['10.60.0.2', '10.60.0.22']) expect(await reaches(from, open), from).toBe(true);
  expect(told((await exits(0, netwright('run', '/root/sources.yml'))).stdout, CHANGES)).toEqual([]);
  await exits(0, netwright('destroy', '/root/sources.yml'));
  await neighbour.sh('ip addr del 10.60.0.22/24 dev eth0; ip route del 10.77.0.0/16');
  await expectSame([host], [before]);
});

test('a firewall that nobody may override is refused by the name of its chain', async () => {
  await host.sh(`nft add table inet theirs
    nft add chain inet theirs forward '{ type filter hook forward priority 5; policy drop; }'`);
  const before = await host.snapshot();
  const { stderr } = await exits(4, netwright('run', PLAYBOOK));
  expect(stderr).toMatch(/\[FIREWALL_DROPS\].*inet theirs forward/);
  await expectSame([host], [before]);
});

test('a container of Docker is a host of the inventory by its name', async () => {
  await writeOn(host, '/root/containers.ini', 'theirs ansible_connection=docker\ngone ansible_connection=docker\n');
  await writeOn(
    host,
    '/root/inside.yml',
    `- hosts: all
  gather_facts: false
  tasks:
    - { name: Where, shell: cat /etc/hostname, register: here }
    - { name: File, copy: { content: "{{ here.stdout }}\\n", dest: /etc/here } }
`,
  );
  const inventory = ['-i', '/root/containers.ini'];
  const { stdout, stderr } = await exits(5, netwright('run', '/root/inside.yml', ...inventory));
  const id = (await host.sh("docker inspect -f '{{.Config.Hostname}}' theirs")).trim();
  expect(await host.sh('docker exec theirs cat /etc/here')).toBe(`${id}\n`);
  expect(`${stdout}${stderr}`).toMatch(/\[UNREACHABLE\] gone: .*No such container: gone; is the container gone there/);
  const again = await exits(0, netwright('run', '/root/inside.yml', ...inventory, '-l', 'theirs'));
  expect(told(again.stdout, '=')).toHaveLength(1);
});
