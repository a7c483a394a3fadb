import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { CHANGES, exits, expectSame, MAIN, onHost, recapOf, ROOT, told, writeOn } from './netwright.ts';
import { startRig, until, type Rig, type RigHost } from './rig.ts';

// One host is the machine of somebody who tries the quickstart, the other its neighbour. The tests are steps of one story.
const PLAYBOOK = 'playbooks/quickstart.yml';
const CONTAINERS = ['web', 'app', 'db'];

let rig: Rig;
let host: RigHost;
let kernel: Kernel;
let clean: string;
let original: string;

const inside = (name: string): Kernel => kernel.in(`quickstart-${name}`);
const netwright = (...argv: string[]) => onHost(host, argv);

/** The lab's links with everything but their MTU. */
async function identities(): Promise<unknown[]> {
  const spaces = [kernel, ...CONTAINERS.map(inside)];
  const all = await Promise.all(spaces.map((space) => space.links()));
  return all.flatMap((links) =>
    [...links.values()].map(({ ifname, ifindex, address, master }) => ({ ifname, ifindex, address, master })),
  );
}

beforeAll(async () => {
  rig = await startRig(2);
  host = rig.host('h1');
  kernel = new Kernel(host);
  clean = await host.snapshot();
  original = readFileSync(join(ROOT, PLAYBOOK), 'utf8');
});
afterAll(() => rig.stop());

test('plan shows every change, ends with 2, and touches nothing', async () => {
  const { stdout } = await exits(2, netwright('plan', PLAYBOOK));
  expect(told(stdout, '+')).toEqual([
    '+ Bridge  nw0 missing; 172.30.0.1/16, fe80::1/64, route 2001:db8:1::/64 missing; masquerade missing; ip_forward 0 -> 1 (IPv4, IPv6)',
    '+ Containers web  172.30.5.1 · 2001:db8:1::242:ac1e:501 · 02:42:ac:1e:05:01',
    '+ Containers app  172.30.5.2 · 2001:db8:1::242:ac1e:502 · 02:42:ac:1e:05:02',
    '+ Containers db  172.30.5.3 · 2001:db8:1::242:ac1e:503 · 02:42:ac:1e:05:03',
    '+ The way to a network behind app  route 10.2.0.0/16 missing',
  ]);
  await exits(0, netwright('run', '--check', PLAYBOOK));
  await expectSame([host], [clean]);
});

test('where nobody reads on, it goes on to its end and complains of nothing', async () => {
  const script = `(${process.execPath} ${MAIN} plan ${PLAYBOOK}; echo "ended with $?" >&2) | true`;
  const { stderr } = await host.exec(['sh', '-c', script], { cwd: ROOT });
  expect(stderr).toBe('ended with 2\n');
});

test('run builds it in two exchanges, and says so', async () => {
  const { stdout } = await exits(0, netwright('run', PLAYBOOK));
  expect(stdout).toMatch(/^PLAY quickstart · A bridge, three containers · 1 host\n/);
  expect(told(stdout, CHANGES)).toHaveLength(5);
  expect(told(stdout, '=')).toEqual([
    expect.stringMatching(/^= Everyone reaches everyone {2}12 of 12 pairs \(6 IPv4, 6 IPv6\), \d+\.\d ms median$/),
  ]);
  expect(recapOf(stdout)).toEqual({ localhost: { ok: 4, changed: 3, failed: 0, unreachable: 0, exchanges: 2 } });
});

test('the kernel has what the playbook says', async () => {
  const bridge = await kernel.link('nw0');
  expect(bridge).toMatchObject({ mtu: 1500, address: '02:42:ac:1e:00:01', linkinfo: { info_kind: 'bridge' } });
  expect(bridge.flags).toContain('UP');
  expect(await kernel.addresses('nw0')).toEqual(['172.30.0.1/16', 'fe80::1/64']);
  expect(await kernel.routes(6)).toContain('2001:db8:1::/64 dev nw0');
  expect(await kernel.ports('nw0')).toHaveLength(3);
  expect(await kernel.parameter('net/ipv4/ip_forward')).toBe('1');
  expect(await kernel.parameter('net/ipv6/conf/all/forwarding')).toBe('1');
  for (const [index, name] of CONTAINERS.entries()) {
    const space = inside(name);
    const last = index + 1;
    expect((await space.links()).size).toBe(2);
    expect(await space.link('eth0')).toMatchObject({ mtu: 1500, address: `02:42:ac:1e:05:0${last}` });
    expect((await space.link('lo')).flags).toContain('UP');
    expect(await space.addresses('eth0')).toEqual([`172.30.5.${last}/16`, `2001:db8:1::242:ac1e:50${last}/64`]);
    expect(await space.routes(4)).toEqual([
      ...(name === 'web' ? ['10.2.0.0/16 via 172.30.5.2 dev eth0'] : []),
      'default via 172.30.0.1 dev eth0',
    ]);
    expect(await space.routes(6)).toEqual(['default via fe80::1 dev eth0']);
    expect(await space.parameter('net/ipv4/ip_forward')).toBe('0');
    expect(await space.parameter('net/ipv6/conf/all/forwarding')).toBe('0');
  }
});

test('packets pass between all of them and to the host, in both families', async () => {
  for (const from of CONTAINERS) {
    for (const to of [
      '172.30.0.1',
      '172.30.5.1',
      '172.30.5.2',
      '172.30.5.3',
      '2001:db8:1::242:ac1e:502',
      '10.60.0.1',
    ]) {
      expect(await inside(from).pings(to), `${from} to ${to}`).toBe(true);
    }
  }
});

test('the neighbour sees the address of the host, not that of the container', async () => {
  const neighbour = rig.host('h2');
  const server = `require('node:net').createServer((socket) => socket.end(socket.remoteAddress)).listen(8080, '0.0.0.0')`;
  const process = neighbour.spawn(['node', '-e', server]);
  await until(async () => (await neighbour.sh('ss -Hltn sport = 8080')) !== '', 5000, 'a server on h2');
  const ask = ['bash', '-c', 'cat </dev/tcp/10.60.0.2/8080'];
  expect((await inside('web').run(ask)).stdout).toBe('10.60.0.1');
  expect((await kernel.run(ask)).stdout).toBe('10.60.0.1');
  process.kill('SIGKILL');
  const rules = (await kernel.nftRules()).map(({ family, expr }) => [family, JSON.stringify(expr)]);
  expect(rules).toEqual([['ip', expect.stringMatching(/172\.30\.0\.0.*"!=".*"nw0".*masquerade/)]]);
});

test('a second run changes nothing, and the kernel has nothing to tell', async () => {
  await kernel.settled();
  const before = await host.snapshot();
  const events = await kernel.during(async () => {
    const { stdout } = await exits(0, netwright('run', PLAYBOOK));
    expect(told(stdout, CHANGES)).toEqual([]);
    expect(recapOf(stdout).localhost).toMatchObject({ ok: 4, changed: 0, exchanges: 2 });
  });
  expect(events).toBe('');
  await expectSame([host], [before]);
  await exits(0, netwright('plan', PLAYBOOK));
});

test('without a reach a run that has nothing to do is one exchange', async () => {
  await writeOn(host, PLAYBOOK, original.replace(/\n *- name: Everyone[^]*$/, '\n'));
  const { stdout } = await exits(0, netwright('run', PLAYBOOK));
  expect(recapOf(stdout).localhost).toMatchObject({ ok: 3, changed: 0, exchanges: 1 });
});

test('one value changed is one change, and no link is made anew', async () => {
  const before = await identities();
  await writeOn(host, PLAYBOOK, original.replace('mtu: 1500', 'mtu: 1400'));
  const planned = await exits(2, netwright('plan', PLAYBOOK));
  // Both ends of the containers' links have the bridge's MTU.
  expect(told(planned.stdout, CHANGES).map((line) => line.replace(/nw\w{12,}, /, ''))).toEqual([
    '~ Bridge  mtu 1500 -> 1400',
    ...CONTAINERS.map((name) => `~ Containers ${name}  eth0 mtu 1500 -> 1400`),
  ]);
  const { stdout } = await exits(0, netwright('run', PLAYBOOK));
  expect(told(stdout, CHANGES)).toEqual(told(planned.stdout, CHANGES));
  expect(recapOf(stdout).localhost).toMatchObject({ ok: 4, changed: 2, exchanges: 2 });
  expect(await identities()).toEqual(before);
  const mtus = await Promise.all([kernel.link('nw0'), ...CONTAINERS.map((name) => inside(name).link('eth0'))]);
  expect(mtus.map(({ mtu }) => mtu)).toEqual([1400, 1400, 1400, 1400]);
  expect(await inside('web').routes(4)).toHaveLength(2);
  await writeOn(host, PLAYBOOK, original);
  await exits(0, netwright('run', PLAYBOOK));
});

test('what left the playbook stays with --no-prune, and goes without', async () => {
  await writeOn(host, PLAYBOOK, original.replace('[web, app, db]', '[web, app]'));
  const kept = await exits(0, netwright('run', '--no-prune', PLAYBOOK));
  // Only its name goes, from the others' hosts files.
  expect(told(kept.stdout, CHANGES)).toEqual(
    ['web', 'app'].map((name) => `~ Containers ${name}  /etc/netns/quickstart-${name}/hosts content`),
  );
  expect(await inside('db').addresses('eth0')).toContain('172.30.5.3/16');
  const planned = await exits(2, netwright('plan', PLAYBOOK));
  expect(told(planned.stdout, CHANGES)).toEqual([expect.stringMatching(/^- prune container db /)]);
  const { stdout } = await exits(0, netwright('run', PLAYBOOK));
  expect(told(stdout, CHANGES)).toEqual(told(planned.stdout, CHANGES));
  expect(await host.sh('ls /run/netns')).toBe('quickstart-app\nquickstart-web\n');
  expect(await kernel.ports('nw0')).toHaveLength(2);
  await writeOn(host, PLAYBOOK, original);
  await exits(0, netwright('run', PLAYBOOK));
  expect(await inside('db').addresses('eth0')).toContain('172.30.5.3/16');
});

test('status tells what somebody did by hand, and run repairs only that', async () => {
  await kernel.settled();
  const before = await host.snapshot();
  await exits(0, netwright('status', PLAYBOOK));
  await host.sh('ip -n quickstart-web addr del 172.30.5.1/16 dev eth0');
  const { stdout } = await exits(2, netwright('status', PLAYBOOK));
  // The kernel took the routes along.
  expect(told(stdout, CHANGES)).toEqual([
    '~ Containers web  172.30.5.1/16, default via 172.30.0.1 dev eth0 missing',
    expect.stringMatching(/^[+~] The way to a network behind app {2}route 10\.2\.0\.0\/16 missing$/),
  ]);
  const repaired = await exits(0, netwright('run', PLAYBOOK));
  expect(told(repaired.stdout, CHANGES)).toEqual(told(stdout, CHANGES));
  await exits(0, netwright('status', PLAYBOOK));
  expect(sorted(await host.snapshot())).toBe(sorted(before));
});

test('destroy leaves the host as it was, and has nothing to do the second time', async () => {
  const { stdout } = await exits(0, netwright('destroy', PLAYBOOK));
  expect(
    told(stdout, CHANGES)
      .map((line) => line.split('  ')[0])
      .toSorted(),
  ).toEqual([
    '- bridge nw0',
    '- container app',
    '- container db',
    '- container web',
    '- route web 10.2.0.0/16 table main metric default',
  ]);
  await expectSame([host], [clean]);
  const again = await exits(0, netwright('destroy', PLAYBOOK));
  expect(told(again.stdout, CHANGES)).toEqual([]);
  expect(recapOf(again.stdout).localhost).toMatchObject({ changed: 0, exchanges: 1 });
  await expectSame([host], [clean]);
});

/** Lists whose order tells only in which order things were made. */
const sorted = (snapshot: string): string => snapshot.split('\n').toSorted().join('\n');
