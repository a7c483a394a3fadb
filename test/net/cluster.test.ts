import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { CHANGES, exits, expectSame, overSsh, recapOf, ROOT, snapshots, told } from './netwright.ts';
import { OF_CLUSTERS } from './playbooks/checks.ts';
import { startRig, type Result, type Rig } from './rig.ts';

// The playbooks for several hosts, with packets between them, and with an inventory that grows and shrinks.

let rig: Rig;
let clean: string[];

const kernel = (host: string): Kernel => new Kernel(rig.host(host));
const netwright = (command: string, playbook: string, inventory = inventoryOf('h1', 'h2')): Promise<Result> =>
  overSsh(rig, [command, playbook, '-i', inventory]);

const seen = new Set<string>();

/** Valid, made, and nothing to do the second time. */
async function made(playbook: string): Promise<void> {
  seen.add(basename(playbook));
  await exits(0, netwright('validate', playbook));
  const { stdout } = await exits(0, netwright('run', playbook));
  for (const { changed } of Object.values(recapOf(stdout))) expect(changed).toBeGreaterThan(0);
  expect(told((await exits(0, netwright('run', playbook))).stdout, CHANGES)).toEqual([]);
  await exits(0, netwright('status', playbook));
}

/** As inventory/lab.yml, with these hosts on the edge and h4 as its core. */
function inventoryOf(...edge: string[]): string {
  const line = ({ name, number, address, address6 }: Rig['hosts'][number]): string =>
    `        ${name}: { ansible_host: ${address}, address6: '${address6}', node: ${number} }\n`;
  const some = (names: readonly string[]): string => names.map((name) => line(rig.host(name))).join('');
  const path = join(rig.directory, `${edge.join('-')}.yml`);
  const text = `all:\n  children:\n    edge:\n      hosts:\n${some(edge)}    core:\n      hosts:\n${some(['h4'])}`;
  writeFileSync(path, text);
  return path;
}

/** The global IPv6 address of a container of a playbook. */
const six = async (host: string, name: string): Promise<string> =>
  (await kernel(host).in(name).addresses('eth0')).find((cidr) => cidr.startsWith('2001:'))!.split('/')[0]!;

/** Who answers on the way, hop by hop. */
async function way(host: string, name: string, to: string): Promise<string[]> {
  const { stdout } = await kernel(host).in(name).run(['traceroute', '-n', '-q', '1', '-w', '2', to]);
  return [...stdout.matchAll(/^ *\d+ {2}(\S+)/gm)].map(([, hop]) => hop!);
}

/** What a run changed, by host. */
const changes = (stdout: string, host: string): string[] =>
  told(stdout.replaceAll(new RegExp(`^  (?!${host} ).*\n`, 'gm'), ''), CHANGES);

beforeAll(async () => {
  rig = await startRig(4);
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

describe('the article’s IPv6 cluster, switched', () => {
  const PLAYBOOK = 'playbooks/ipv6-switched.yml';

  test('goes from host to host, each of which knows the others', async () => {
    await made(PLAYBOOK);
    const there = await six('h2', 'switched-container2-1');
    expect(there).toMatch(/^2001:db8:2:/);
    expect(await way('h1', 'switched-container1-1', there)).toEqual(['fd60::1', 'fd60::2', there]);
    expect(await kernel('h1').routes(6)).toContain('2001:db8:2::/64 via fd60::2 dev eth0');
  });

  test('learns on every host of one that was added to the inventory, and forgets one that left', async () => {
    const grown = inventoryOf('h1', 'h2', 'h3');
    const { stdout } = await exits(0, netwright('run', PLAYBOOK, grown));
    for (const host of ['h1', 'h2']) {
      expect(changes(stdout, host)).toEqual(['+ To the containers of the others h3  route 2001:db8:3::/64 missing']);
    }
    const there = await six('h3', 'switched-container3-2');
    for (const host of ['h1', 'h2']) {
      expect(
        await kernel(host)
          .in(`switched-container${host.slice(1)}-1`)
          .pings(there),
      ).toBe(true);
    }
    const again = await exits(0, netwright('run', PLAYBOOK, grown));
    expect(told(again.stdout, CHANGES)).toEqual([]);
    const shrunk = await exits(0, netwright('run', PLAYBOOK));
    expect(told(shrunk.stdout, '+~!')).toEqual([]);
    expect((await kernel('h1').routes(6)).join('\n')).not.toContain('2001:db8:3:');
    await exits(0, netwright('destroy', PLAYBOOK, grown));
    await expectSame(rig.hosts, clean);
  });
});

describe('the article’s IPv6 cluster, routed', () => {
  const PLAYBOOK = 'playbooks/ipv6-routed.yml';

  test('goes by way of the router, which alone learns of another host', async () => {
    await made(PLAYBOOK);
    const there = await six('h2', 'routed-container2-1');
    expect(await way('h1', 'routed-container1-1', there)).toEqual(['fd60::1', 'fd60::4', 'fd60::2', there]);
    const grown = inventoryOf('h1', 'h2', 'h3');
    const { stdout } = await exits(0, netwright('run', PLAYBOOK, grown));
    expect(changes(stdout, 'h4')).toEqual(["+ To each host's /48 h3  route 2001:db8:3::/48 missing"]);
    for (const host of ['h1', 'h2']) expect(changes(stdout, host)).toEqual([]);
    expect(
      await kernel('h1')
        .in('routed-container1-2')
        .pings(await six('h3', 'routed-container3-1')),
    ).toBe(true);
    await exits(0, netwright('destroy', PLAYBOOK, grown));
    await expectSame(rig.hosts, clean);
  });
});

describe('one bridge over several hosts', () => {
  const PLAYBOOK = 'playbooks/span.yml';

  test('is one segment, whose packets fit through the network between the hosts', async () => {
    await made(PLAYBOOK);
    const inside = kernel('h1').in('span-web-1');
    for (const to of ['172.22.2.2', '172.22.2.1', await six('h2', 'span-web-2'), '2001:db8:22::2']) {
      expect(await inside.pings(to), to).toBe(true);
    }
    expect(await kernel('h1').pings('172.22.2.2'), 'from the host itself').toBe(true);
    const whole = (bytes: number) =>
      inside.run(['ping', '-c', '1', '-W', '4', '-M', 'do', '-s', `${bytes}`, '172.22.2.2']);
    expect((await whole(1450 - 28)).code).toBe(0);
    expect((await whole(1450 - 27)).stderr).toContain('mtu=1450');
    // Two hops less than by way of the hosts: it is one wire.
    expect(await way('h1', 'span-web-1', '172.22.2.2')).toEqual(['172.22.2.2']);
    await exits(0, netwright('destroy', PLAYBOOK));
    await expectSame(rig.hosts, clean);
  });

  test('has no address twice: that is refused before anything is touched', async () => {
    const text = readFileSync(join(ROOT, PLAYBOOK), 'utf8');
    const path = join(rig.directory, 'twice.yml');
    writeFileSync(path, text.replace('24, node)', '24, 1)').replaceAll("'web-{{ node }}'", 'web'));
    const { stderr } = await exits(4, netwright('run', path));
    expect(stderr).toMatch(
      /twice\.yml:\d+:\d+ \[DUPLICATE_ADDRESS\] 172\.22\.1\.1 of nw-span on h2 is given to nw-span on h1/,
    );
    expect(stderr).toMatch(/172\.22\.1\.2 of web eth0 on h2 is given to web eth0 on h1, and nw-span spans edge/);
    await expectSame(rig.hosts, clean);
  });

  test('has a MAC on every host also without addresses, and one link-local address each', async () => {
    const path = join(rig.directory, 'bare.yml');
    writeFileSync(path, '- hosts: edge\n  lab: bare\n  tasks: [bridge: { name: nw-bare, span: edge }]\n');
    await exits(0, netwright('run', path));
    const macs = await Promise.all(['h1', 'h2'].map(async (host) => (await kernel(host).link('nw-bare')).address));
    expect(new Set(macs).size).toBe(2);
    for (const host of ['h1', 'h2']) {
      await kernel(host).settled();
      expect((await kernel(host).run(['ip', 'addr', 'show', 'dev', 'nw-bare'])).stdout).not.toContain('dadfailed');
    }
    await exits(0, netwright('destroy', path));
  });
});

test('a tunnel by hand is as slow as it is told to be, and leads to what is behind the others', async () => {
  const PLAYBOOK = 'playbooks/vxlan.yml';
  await made(PLAYBOOK);
  expect(await way('h1', 'vxlan-behind-1', '10.43.2.2')).toEqual(['10.43.1.1', '10.42.0.2', '10.43.2.2']);
  expect((await kernel('h1').run(['ip', '-d', 'link', 'show', 'vx42'])).stdout).toMatch(
    /mtu 1450.*vxlan id 42 .*dstport 8472/s,
  );
  const flood = ['ping', '-q', '-c', '60', '-i', '0.002', '-s', '1400', '-W', '3', '10.43.2.2'];
  await kernel('h1').in('vxlan-behind-1').run(flood);
  const { stdout } = await kernel('h1').run(['tc', '-s', 'qdisc', 'show', 'dev', 'vx42']);
  expect(Number(/tbf[^]*overlimits (\d+)/.exec(stdout)?.[1])).toBeGreaterThan(0);
  const gone = await exits(0, netwright('destroy', PLAYBOOK));
  expect(gone.stdout).not.toContain('the ledger does not know');
  await expectSame(rig.hosts, clean);
});

test('these are the playbooks that nobody else runs', () => {
  expect([...seen].toSorted()).toEqual(OF_CLUSTERS);
});
