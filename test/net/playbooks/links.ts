import { expect } from 'vitest';
import type { Kernel } from '../kernel.ts';
import type { RigHost } from '../rig.ts';

/** The MAC of a namespace's interface, as the neighbours see it. */
const macOf = async (kernel: Kernel, name: string): Promise<string> => (await kernel.link(name)).address;

export async function macvlan(kernel: Kernel, host: RigHost): Promise<void> {
  const [lan, web, app, alone] = ['lan', 'web', 'app', 'alone'].map((name) => kernel.in(`macvlan-${name}`));
  expect(await web!.addresses('eth0')).toEqual(['192.168.99.1/24', '2001:db8:99::1/64']);
  expect(await web!.routes(4)).toEqual(['default via 192.168.99.254 dev eth0']);
  expect((await web!.link('eth0')).linkinfo?.info_kind).toBe('macvlan');
  for (const address of ['192.168.99.2', '2001:db8:99::2', '192.168.99.254', '2001:db8:99::254', '192.168.99.100']) {
    expect(await web!.pings(address), address).toBe(true);
  }
  // The host reaches them through its own macvlan, and they do not reach each other through a private one.
  expect(await kernel.pings('192.168.99.1')).toBe(true);
  expect(await alone!.pings('192.168.99.254')).toBe(true);
  expect(await alone!.pings('192.168.99.2')).toBe(false);
  expect(await macOf(alone!, 'eth0')).toBe(await macFromText('alone.example.com', host));
  // Each has a MAC of its own on the wire.
  const neighbours = await lan!.run(['ip', '-4', 'neigh', 'show', 'dev', 'eth0']);
  for (const [address, one] of [
    ['192.168.99.1', web!],
    ['192.168.99.2', app!],
  ] as const) {
    expect(neighbours.stdout).toContain(`${address} lladdr ${await macOf(one, 'eth0')}`);
  }
}

/** As pipework's own script computes it. */
const macFromText = async (text: string, host: RigHost): Promise<string> =>
  (
    await host.sh(
      `echo "${text}" | md5sum | sed 's/^\\(..\\)\\(..\\)\\(..\\)\\(..\\)\\(..\\).*$/02:\\1:\\2:\\3:\\4:\\5/'`,
    )
  ).trim();

export async function pipework(kernel: Kernel, host: RigHost): Promise<void> {
  const inside = (name: string): Kernel => kernel.in(`pipework-${name}`);
  const [apache, mysql, haproxy, far, ipsix] = ['apache', 'mysql', 'haproxy', 'far', 'ipsix'].map(inside);
  expect(await kernel.addresses('br1')).toEqual([]);
  expect(await apache!.pings('192.168.1.2')).toBe(true);
  expect(await macOf(mysql!, 'eth1')).toBe(await macFromText('mysql.example.com', host));
  expect(await haproxy!.routes(4)).toEqual(['10.20.20.0/24 dev eth1', 'default via 10.10.10.254 dev eth1']);
  expect(await haproxy!.routes(4, '100')).toEqual(['default via 10.10.10.254 dev eth1']);
  expect(await haproxy!.run(['ip', 'route', 'get', '198.51.100.7', 'from', '10.10.10.2'])).toMatchObject({
    stdout: expect.stringContaining('table 100') as string,
  });
  expect(await far!.routes(4)).toEqual(['10.10.10.254 dev eth1', 'default via 10.10.10.254 dev eth1']);
  expect(await far!.pings('10.20.20.254')).toBe(true);
  // A /32 here, as pipework has it, would be a route to all of 2001:db8::/32.
  expect(await ipsix!.routes(6)).toEqual(['2001:db8:10::fe dev eth7', 'default via 2001:db8:10::fe dev eth7']);
  expect(await ipsix!.pings('2001:db8:10::fe')).toBe(true);
  expect(await inside('bare').addresses('eth1')).toEqual([]);
  expect((await inside('bare').link('eth1')).flags).toContain('LOWER_UP');
  await held(mysql!);
}

/** More than the rate allows has to wait, and the kernel counts what had to. */
async function held(from: Kernel): Promise<void> {
  const shown = async (): Promise<string> => (await from.run(['tc', '-s', 'qdisc', 'show', 'dev', 'eth1'])).stdout;
  expect(await shown()).toMatch(/^qdisc tbf .* rate 400Kbit burst 16Kb /);
  await from.run(['ping', '-q', '-c', '80', '-i', '0.002', '-s', '1400', '-W', '3', '192.168.1.1']);
  expect(Number(/overlimits (\d+)/.exec(await shown())?.[1])).toBeGreaterThan(0);
}

export async function pointToPointAdded(kernel: Kernel): Promise<void> {
  const [db, replica] = ['db', 'replica'].map((name) => kernel.in(`p2p-added-${name}`));
  expect([...(await db!.links()).keys()].toSorted()).toEqual(['eth0', 'lo', 'sync0']);
  expect(await db!.routes(4)).toEqual(['10.1.1.2 dev sync0', 'default via 172.29.0.1 dev eth0']);
  // Without a fragment: the pair has its own MTU.
  expect((await db!.run(['ping', '-c', '1', '-W', '5', '-M', 'do', '-s', '8000', '10.1.1.2'])).code).toBe(0);
  expect((await db!.run(['ping', '-c', '1', '-W', '1', '-M', 'do', '-s', '8000', '172.29.0.1'])).code).not.toBe(0);
  expect(await replica!.pings('172.29.0.1')).toBe(true);
  expect(await kernel.pings('10.1.1.1')).toBe(false);
}

export async function dhcp(kernel: Kernel): Promise<void> {
  const client = kernel.in('dhcp-client');
  expect(await client.addresses('eth1')).toEqual(['10.50.0.7/24']);
  expect(await client.routes(4)).toEqual(['default via 10.50.0.1 dev eth1']);
  expect(await client.pings('10.50.0.1')).toBe(true);
  expect(await kernel.in('dhcp-server').pings('10.50.0.7')).toBe(true);
}
