import { expect } from 'vitest';
import { Kernel } from '../kernel.ts';
import { until, type RigHost } from '../rig.ts';

const opens = (host: RigHost, address: string, port: number): Promise<boolean> => new Kernel(host).opens(address, port);

/** The host's port that leads to a port of a container and that nobody chose. */
async function ephemeralPort(kernel: Kernel, to: string): Promise<number> {
  const rules = (await kernel.nftRules()).filter(
    ({ chain, expr }) => chain === 'prerouting' && JSON.stringify(expr).includes(to),
  );
  const ports = rules.map(({ expr }) => Number(/"right":(\d{5})\b/.exec(JSON.stringify(expr))?.[1]));
  return ports.find((port) => port >= 32768) ?? NaN;
}

/** Published ports as the host itself and a neighbour on its wire find them. */
export async function publish(
  kernel: Kernel,
  host: RigHost,
  _: () => Promise<unknown>,
  outside: RigHost,
): Promise<void> {
  const port = await ephemeralPort(kernel, '172.23.0.2');
  for (const open of [8080, 9080, 9081, port]) {
    // Each server comes up in its own time.
    await until(() => opens(host, '127.0.0.1', open), 10_000, `${open} from the host`);
    expect(await opens(outside, '10.60.0.1', open), `${open} from outside`).toBe(true);
  }
  await until(() => opens(outside, 'fd60::1', 8080), 20_000, '8080 from outside over IPv6');
  await onlyHere(host, outside);
  await udp(outside);
}

/** What is published on the loopback is for the host alone, whichever way somebody on its wire tries (moby#45610). */
async function onlyHere(host: RigHost, outside: RigHost): Promise<void> {
  for (const port of [8081, 8090]) {
    await until(() => opens(host, '127.0.0.1', port), 10_000, `${port} from the host`);
    expect(await opens(outside, '10.60.0.1', port), `${port} from outside`).toBe(false);
  }
  // Straight to the container, and to the host's 127.0.0.1 over the wire.
  await outside.sh(`ip route add 172.23.0.0/24 via 10.60.0.1; ip route add 2001:db8:23::/64 via fd60::1
    ip route del local 127.0.0.0/8 dev lo table local; ip route del local 127.0.0.1 dev lo table local
    sysctl -qw net.ipv4.conf.all.route_localnet=1; ip route add 127.0.0.1 via 10.60.0.1`);
  await until(() => opens(outside, '172.23.0.2', 81), 10_000, 'what is published for all');
  expect(await opens(outside, '172.23.0.3', 80), 'what is published for the host').toBe(false);
  await until(() => opens(outside, '2001:db8:23::242:ac17:2', 80), 10_000, 'what is published for all, over IPv6');
  expect(await opens(outside, '2001:db8:23::242:ac17:3', 80), 'the same over IPv6').toBe(false);
  await host.sh(`nft add table ip seen; nft add chain ip seen came '{ type filter hook prerouting priority -400; }'
    nft add rule ip seen came iifname eth0 ip daddr 127.0.0.1 counter`);
  expect(await opens(outside, '127.0.0.1', 8090), "the host's own loopback, over the wire").toBe(false);
  expect(await host.sh('nft list table ip seen'), 'the packets came').toMatch(/counter packets [1-9]/);
  await host.sh('nft delete table ip seen');
  await outside.sh(`ip route del 172.23.0.0/24; ip route del 127.0.0.1; ip route del 2001:db8:23::/64
    sysctl -qw net.ipv4.conf.all.route_localnet=0
    ip addr del 127.0.0.1/8 dev lo; ip addr add 127.0.0.1/8 dev lo`);
}

async function udp(outside: RigHost): Promise<void> {
  const asked = async (): Promise<boolean> => {
    const { stdout } = await outside.exec(['busybox', 'nslookup', '-type=a', 'www.example.com', '10.60.0.1:10053']);
    return stdout.includes('Address: 192.0.2.80');
  };
  await until(asked, 10_000, 'an answer over UDP');
}
