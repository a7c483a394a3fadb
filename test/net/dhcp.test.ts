import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { CHANGES, exits, expectSame, onHost, told, writeOn } from './netwright.ts';
import { startRig, until, type Rig, type RigHost } from './rig.ts';

// Each client against a real server whose leases are as short as they may be, so that renewals are seen.

const CLIENTS = ['udhcpc', 'dhclient', 'dhcpcd'] as const;
const PLAYBOOK = '/root/dhcp.yml';

const SERVER = `start 10.50.0.100
end 10.50.0.120
interface eth0
lease_file /run/udhcpd.leases
pidfile /run/udhcpd.pid
min_lease 16
opt lease 16
opt subnet 255.255.255.0
opt router 10.50.0.1
`;

/** A container for each client, with its network spelt like this. */
const playbook = (network: (client: string) => string): string => `- hosts: localhost
  lab: dhcp
  tasks:
    - bridge: { name: nw-dhcp }
    - container:
        name: server
        networks: [{ bridge: nw-dhcp, address: 10.50.0.1/24, gateway: none }]
        command: [busybox, udhcpd, -f, -a, '100', /run/udhcpd.conf]
${CLIENTS.map((client) => `    - container: { name: ${client}, networks: [{ bridge: nw-dhcp, ${network(client)} }] }\n`).join('')}`;

const ASKING = playbook((client) => `dhcp: ${client}`);

let rig: Rig;
let host: RigHost;
let kernel: Kernel;
let clean: string;

const netwright = (command: string) => onHost(host, [command, PLAYBOOK]);
const inside = (client: string): Kernel => kernel.in(`dhcp-${client}`);

const fours = async (client: string): Promise<string[]> =>
  (await inside(client).addresses('eth0')).filter((cidr) => !cidr.includes(':'));

/** Its one address. */
async function addressOf(client: string): Promise<string> {
  const addresses = await fours(client);
  expect(addresses, client).toEqual([expect.stringMatching(/^10\.50\.0\.1[012]\d\/24$/)]);
  return addresses[0]!.split('/')[0]!;
}

beforeAll(async () => {
  rig = await startRig(1);
  host = rig.host('h1');
  kernel = new Kernel(host);
  clean = await host.snapshot();
  await writeOn(host, '/run/udhcpd.conf', SERVER);
});
afterAll(() => rig.stop());

test('every client has an address of the server and its default route, and the second run changes nothing', async () => {
  await writeOn(host, PLAYBOOK, ASKING);
  const resolver = await host.sh('cat /etc/resolv.conf');
  const { stdout } = await exits(0, netwright('run'));
  expect(stdout).not.toContain('repaired');
  for (const client of CLIENTS) {
    expect(await kernel.in('dhcp-server').pings(await addressOf(client)), client).toBe(true);
    expect((await inside(client).run(['ip', 'route', 'get', '198.51.100.1'])).stdout).toContain(
      'via 10.50.0.1 dev eth0',
    );
  }
  // Its mounts are its own: what it knows of name servers is not the host's.
  expect(await host.sh('cat /etc/resolv.conf')).toBe(resolver);
  expect(told((await exits(0, netwright('run'))).stdout, CHANGES)).toEqual([]);
});

test('every client renews its lease, as packets show', async () => {
  const renewed = CLIENTS.map(async (client) => {
    // Who has an address is answered there.
    const filter = `src port 67 and dst host ${await addressOf(client)}`;
    const argv = ['timeout', '60', 'tcpdump', '-n', '-i', 'eth0', '-c', '1', filter];
    expect((await kernel.in('dhcp-server').run(argv)).code, client).toBe(0);
  });
  await Promise.all(renewed);
});

test('what somebody did to a client or its address is mended by the next run', async () => {
  const [killed, flushed] = CLIENTS;
  await host.sh(`kill -9 $(ip netns pids dhcp-${killed}); ip -n dhcp-${flushed} -4 addr flush dev eth0`);
  const { stdout } = await exits(2, netwright('plan'));
  expect(told(stdout, '~')).toEqual([
    expect.stringContaining(`${killed} on eth0 not running`),
    expect.stringMatching(new RegExp(`${flushed} on eth0 10\\.50\\.0\\.\\d+/24 is gone`)),
  ]);
  await exits(0, netwright('run'));
  for (const client of CLIENTS)
    expect(await kernel.in('dhcp-server').pings(await addressOf(client)), client).toBe(true);
});

test('a fixed address takes the place of a lease, and the other way round', async () => {
  const fixed = (client: string): string => `10.50.0.${10 + CLIENTS.indexOf(client as 'udhcpc')}`;
  await writeOn(
    host,
    PLAYBOOK,
    playbook((client) => `address: ${fixed(client)}/24, gateway: 10.50.0.1`),
  );
  const { stdout } = await exits(0, netwright('run'));
  expect(stdout).not.toContain('repaired');
  for (const client of CLIENTS) {
    expect(await fours(client)).toEqual([`${fixed(client)}/24`]);
    expect(await inside(client).routes(4)).toEqual(['default via 10.50.0.1 dev eth0']);
    expect(await host.sh(`ip netns pids dhcp-${client}`)).toBe('');
  }
  await writeOn(host, PLAYBOOK, ASKING);
  expect((await exits(0, netwright('run'))).stdout).not.toContain('repaired');
  for (const client of CLIENTS)
    expect(await kernel.in('dhcp-server').pings(await addressOf(client)), client).toBe(true);
});

test('destroy ends the clients and leaves nothing', async () => {
  await exits(0, netwright('destroy'));
  await until(async () => !/udhcp|dhclient|dhcpcd/.test(await host.sh('ps -eo args')), 5000, 'no client any more');
  await host.sh('rm -f /run/udhcpd.* /root/dhcp.yml');
  expect(await host.sh('ls /run; ls /run/netwright')).not.toMatch(/dhclient|dhcpcd|eth0/);
  await expectSame([host], [clean]);
});
