import { expect } from 'vitest';
import { Kernel } from '../kernel.ts';
import { until, type Docker, type RigHost } from '../rig.ts';

/** The hosts of the rig, and what the tests may do with them while a playbook is there. */
export interface Scene {
  readonly host: RigHost;
  /** A neighbour of the host, on its network. */
  readonly outside: RigHost;
  readonly kernel: Kernel;
  readonly docker: Docker;
  /** Runs the playbook once more. */
  readonly again: () => Promise<unknown>;
}

type Check = (scene: Scene) => Promise<void>;

/** A playbook that needs more than the kernel. */
export const needsEngine = (text: string): boolean => /runtime: (docker|podman)|docker_\w+:|attach:/.test(text);

/** Docker itself puts its rules into another order when networks come and go, or makes docker0 anew. */
export const changesDocker = (text: string): boolean => /docker_(daemon|network):/.test(text);

/** What somebody else has to have done first, and undoes afterwards. */
export const around: Readonly<Record<string, { readonly first: string; readonly last: string } | undefined>> = {
  'attach.yml': {
    first: 'docker run -d --name legacy --net=none rig/busybox:1 sleep 3600',
    last: 'docker rm -f legacy',
  },
  'docker-overlay.yml': {
    // Its own networks come a while after it has said that it is there.
    first: `docker swarm init --advertise-addr 127.0.0.1
      n=0; until ip link show dev docker_gwbridge && ls /sys/class/net/docker_gwbridge/brif/*; do n=$((n + 1)); [ $n -lt 300 ]; sleep 0.1; done >/dev/null 2>&1
      sleep 1`,
    // Its bridge to the outside stays otherwise, and loses its carrier some time later.
    last: `docker swarm leave --force
      n=0; until docker network rm docker_gwbridge; do n=$((n + 1)); [ $n -lt 100 ]; sleep 0.1; done`,
  },
  'podman.yml': {
    // With its first container podman makes chains and a bridge, which stay.
    first: 'podman network create --subnet 10.46.0.0/24 theirs; podman run --rm --network theirs rig/busybox:1 true',
    last: 'podman network rm theirs',
  },
};

/** By the file's name. */
export const engineChecks: Readonly<Record<string, Check | undefined>> = {
  'attach.yml': attach,
  'between-containers.yml': betweenContainers,
  'bind-ports.yml': bindPorts,
  'build-your-own-bridge.yml': buildYourOwnBridge,
  'customize-docker0.yml': customizeDocker0,
  'docker-drivers.yml': dockerDrivers,
  'docker-names.yml': dockerNames,
  'docker-network.yml': dockerNetwork,
  'docker-overlay.yml': dockerOverlay,
  'docker-point-to-point.yml': pointToPoint,
  'how-docker-networks-a-container.yml': howDockerNetworks,
  'podman.yml': podman,
};

const run = async (host: RigHost, line: string): Promise<boolean> => (await host.exec(['sh', '-c', line])).code === 0;

const inside = (host: RigHost, container: string, line: string, engine = 'docker'): Promise<string> =>
  host.sh(`${engine} exec ${container} ${line}`);

/** Whether one of its programs gets an answer: nothing here goes through the tool. */
const pings = (host: RigHost, container: string, to: string, engine = 'docker'): Promise<boolean> =>
  run(host, `${engine} exec ${container} ping -c 1 -W 4 ${to}`);

/** By HTTP; busybox' own wget ends with a fault in an image without libraries. */
const fetches = (host: RigHost, container: string, from: string, port = 80): Promise<boolean> =>
  run(
    host,
    `printf 'GET /true HTTP/1.0\\r\\n\\r\\n' | docker exec -i ${container} nc -w 5 ${from} ${port} | grep -q '200 OK'`,
  );

const opens = (host: RigHost, address: string, port: number | string): Promise<boolean> =>
  new Kernel(host).opens(address, port);

const fields = (host: RigHost, container: string, format: string): Promise<string> =>
  host.sh(`docker container inspect -f '${format}' ${container}`);

async function attach({ host, kernel, again }: Scene): Promise<void> {
  const reaches = async (): Promise<void> => {
    for (const to of ['10.44.0.1', '10.44.0.2', '2001:db8:44::242:a2c:2']) {
      expect(await pings(host, 'legacy', to), `legacy to ${to}`).toBe(true);
    }
  };
  await reaches();
  expect(await kernel.in('attach-neighbour').pings('10.44.0.7')).toBe(true);
  expect(await inside(host, 'legacy', 'ip addr show dev eth1')).toMatch(/02:42:0a:2c:00:99[^]*10\.44\.0\.7\/24/);
  expect(await inside(host, 'legacy', 'ip route')).toContain('default via 10.44.0.1 dev eth1');
  await host.sh('docker restart -t 0 legacy');
  expect(await pings(host, 'legacy', '10.44.0.1')).toBe(false);
  await again();
  await reaches();
  expect(await inside(host, 'legacy', 'ip -o link')).not.toContain('eth0');
}

async function betweenContainers({ host }: Scene): Promise<void> {
  const address = (await fields(host, 'between-db', '{{.NetworkSettings.IPAddress}}')).trim();
  expect(await inside(host, 'between-web', 'cat /etc/hosts')).toMatch(new RegExp(`^${address}\\s+database `, 'm'));
  const closed = '-A FORWARD -i docker0 -o docker0 -j DROP';
  expect(await host.sh('iptables -S FORWARD')).toContain(closed);
  await onlyByLink(host, '', [address]);
  // On our own bridge in both families, and by name.
  await onlyByLink(host, '6', ['172.24.6.2', '2001:db8:246::242:ac18:602', 'database']);
}

/** The linked one gets what is exposed and nothing else; nobody else gets anything. */
async function onlyByLink(host: RigHost, suffix: string, addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    await until(() => fetches(host, `between-web${suffix}`, address), 5000, `web${suffix} to ${address}`);
  }
  expect(await pings(host, `between-web${suffix}`, addresses[0]!)).toBe(false);
  expect(await fetches(host, `between-stranger${suffix}`, addresses[0]!)).toBe(false);
}

async function bindPorts({ host, outside }: Scene): Promise<void> {
  expect(await opens(outside, host.address, 8080)).toBe(true);
  expect(await opens(host, '127.0.0.1', 8081)).toBe(true);
  expect(await opens(host, '127.0.0.1', 8082)).toBe(true);
  expect(await opens(outside, host.address, 8082)).toBe(false);
  const [port] = /\d+$/m.exec(await host.sh('docker port ports-ephemeral 80/tcp')) ?? [];
  expect(await opens(outside, host.address, port!)).toBe(true);
  // Round the published address, straight to the container: moby#45610.
  await outside.sh(`ip route add 172.26.0.0/24 via ${host.address}`);
  const address = (await fields(host, 'ports-private', '{{.NetworkSettings.Networks.ports.IPAddress}}')).trim();
  expect(await opens(outside, address, 80)).toBe(false);
  await host.sh('nft add table ip saved; nft -j list table ip netwright-ports >/run/guard; nft delete table ip saved');
  await host.sh('nft delete table ip netwright-ports');
  expect(await opens(outside, address, 80), 'what the guard is for').toBe(true);
  await host.sh('nft -j -f /run/guard; rm /run/guard');
  expect(await opens(outside, address, 80)).toBe(false);
  await outside.sh('ip route del 172.26.0.0/24');
}

async function buildYourOwnBridge({ host, kernel, outside, docker, again }: Scene): Promise<void> {
  const address = (await fields(host, 'own-bridge-web', '{{.NetworkSettings.IPAddress}}')).trim();
  expect(address).toMatch(/^192\.168\.6\./);
  expect(await kernel.in('own-bridge-other').pings(address)).toBe(true);
  expect(await pings(host, 'own-bridge-web', '192.168.6.200')).toBe(true);
  expect((await kernel.ports('bridge0')).length).toBe(2);
  expect(await pings(host, 'own-bridge-web', outside.address), 'out of the host').toBe(true);
  expect(await host.sh('iptables -t nat -S POSTROUTING')).toContain('-s 192.168.6.0/24 ! -o bridge0 -j MASQUERADE');
  expect((await kernel.links()).has('docker0')).toBe(false);
  await docker.stop('KILL');
  await docker.start();
  expect(await kernel.in('own-bridge-other').pings('192.168.6.1')).toBe(true);
  await again();
  expect(await kernel.in('own-bridge-other').pings(address)).toBe(true);
  expect((await kernel.links()).has('docker0')).toBe(false);
}

async function customizeDocker0({ host, kernel, again }: Scene): Promise<void> {
  await kernel.settled();
  expect(await kernel.addresses('docker0')).toEqual(expect.arrayContaining(['192.168.5.5/24', 'fe80::1/64']));
  const [four, six] = (
    await fields(host, 'customize-docker0-web', '{{.NetworkSettings.IPAddress}} {{.NetworkSettings.GlobalIPv6Address}}')
  )
    .trim()
    .split(' ');
  expect(four).toMatch(/^192\.168\.5\.(12[89]|1[3-9]\d|2\d\d)$/);
  expect(six).toMatch(/^2001:db8:5::242:c0a8:5/);
  expect(await kernel.pings(four!)).toBe(true);
  await until(() => kernel.pings(six!), 5000, 'the IPv6 address of the container, once it is no longer tentative');
  expect(await pings(host, 'customize-docker0-web', '192.168.5.5')).toBe(true);
  expect(await inside(host, 'customize-docker0-web', 'cat /sys/class/net/eth0/mtu')).toBe('1450\n');
  const resolver = await inside(host, 'customize-docker0-web', 'cat /etc/resolv.conf');
  expect(resolver).toMatch(/search example\.com[^]*nameserver 192\.168\.5\.53/);
  const daemon = await host.sh('cat /run/docker.pid');
  await again();
  expect(await host.sh('cat /run/docker.pid'), 'not restarted without need').toBe(daemon);
}

async function dockerNames({ host, kernel, again }: Scene): Promise<void> {
  const reaches = async (): Promise<void> => {
    for (const [engine, from, others] of [
      ['docker', 'whale', ['bare', 'seal', 'whale', 'whale.example.com']],
      ['podman', 'seal', ['bare', 'whale', 'seal']],
    ] as const) {
      for (const to of others)
        expect(await pings(host, `docker-names-${from}`, to, engine), `${from} to ${to}`).toBe(true);
    }
  };
  await reaches();
  for (const name of ['whale', 'seal']) {
    const found = await host.sh(`ip netns exec docker-names-bare getent ahosts ${name}`);
    expect(found).toMatch(/10\.47\.0\.\d/);
    expect(found).toContain('2001:db8:47:');
  }
  expect(await kernel.in('docker-names-bare').pings('10.47.0.3')).toBe(true);
  // Both write their hosts files anew with each start.
  await host.sh('docker restart -t 0 docker-names-whale; podman restart -t 0 docker-names-seal');
  expect(await inside(host, 'docker-names-whale', 'cat /etc/hosts')).not.toContain('bare');
  await again();
  await reaches();
}

async function dockerNetwork({ host, docker, again }: Scene): Promise<void> {
  const reaches = async (): Promise<void> => {
    for (const to of ['client', 'db', 'database', '172.27.0.9']) {
      expect(await pings(host, 'docker-networks-web', to), `web to ${to}`).toBe(true);
    }
    expect(await pings(host, 'docker-networks-client', 'web')).toBe(true);
    expect(await pings(host, 'docker-networks-client', '2001:db8:28::242:ac1c:502')).toBe(true);
    expect(await pings(host, 'docker-networks-client', '172.27.0.9')).toBe(false);
  };
  await reaches();
  // A name that Docker does not know it asks the world for, which takes its time where there is none.
  expect(await run(host, 'timeout 6 docker exec docker-networks-client ping -c 1 -W 1 database')).toBe(false);
  const networks = await fields(host, 'docker-networks-web', '{{json .NetworkSettings.Networks}}');
  expect(networks).toContain('"IPAddress":"172.28.5.2"');
  expect(networks).toContain('"IPAddress":"172.27.0.2"');
  expect(await host.sh('ip -br link show br-front')).toContain('UP');
  await host.sh('docker network disconnect back docker-networks-web; docker restart -t 0 docker-networks-client');
  expect(await pings(host, 'docker-networks-web', '172.27.0.9')).toBe(false);
  await again();
  await reaches();
  await docker.stop('KILL');
  await docker.start();
  expect(await pings(host, 'docker-networks-web', 'client')).toBe(false);
  await again();
  await reaches();
}

async function dockerDrivers({ host, kernel, again }: Scene): Promise<void> {
  const lan = kernel.in('drivers-lan');
  const reaches = async (): Promise<void> => {
    for (const to of ['192.168.98.200', '2001:db8:98::c8']) {
      await until(() => lan.pings(to), 5000, `the LAN to ${to}`);
    }
    for (const to of ['inside', '172.28.8.9', '2001:db8:288::9']) {
      expect(await pings(host, 'drivers-one', to), `one to ${to}`).toBe(true);
    }
    expect(await lan.pings('172.28.8.9')).toBe(false);
  };
  await reaches();
  // A MAC of its own on the LAN, which is not that of the host's interface.
  const neighbours = (await lan.run(['ip', 'neigh', 'show', '192.168.98.200'])).stdout;
  expect(neighbours).toMatch(/lladdr 02:42:/);
  expect(neighbours).not.toContain((await kernel.link('nic0')).address);
  await host.sh('docker restart -t 0 drivers-both');
  await again();
  await reaches();
}

async function dockerOverlay({ host, again }: Scene): Promise<void> {
  expect(await pings(host, 'overlay-left', 'right')).toBe(true);
  expect(await pings(host, 'overlay-right', 'left')).toBe(true);
  expect(await inside(host, 'overlay-left', 'ip addr show dev eth0')).toMatch(/inet 10\.88\.0\.\d+\/24/);
  await host.sh('docker rm -f overlay-right');
  await again();
  expect(await pings(host, 'overlay-left', 'right')).toBe(true);
}

async function pointToPoint({ host, kernel }: Scene): Promise<void> {
  for (const to of ['10.1.1.2', '2001:db8:11::2']) expect(await pings(host, 'docker-p2p-left', to)).toBe(true);
  expect(await pings(host, 'docker-p2p-right', '10.1.1.1')).toBe(true);
  expect(await inside(host, 'docker-p2p-left', 'ip route')).toBe('10.1.1.2 dev eth0 scope link \n');
  expect(await kernel.pings('10.1.2.2')).toBe(true);
  expect(await kernel.pings('10.1.1.2')).toBe(false);
  expect(await pings(host, 'docker-p2p-usual', '10.1.2.1')).toBe(true);
  expect(await inside(host, 'docker-p2p-usual', 'ip route')).toMatch(/default via \S+ dev eth0/);
}

async function howDockerNetworks({ host, kernel, again }: Scene): Promise<void> {
  const reaches = async (): Promise<void> => {
    for (const from of ['ours', 'guest', 'both']) {
      for (const to of ['172.29.42.1', '172.29.42.99', '2001:db8:42::1234:5678:9abc']) {
        expect(await pings(host, `nets-${from}`, to), `${from} to ${to}`).toBe(true);
      }
    }
  };
  await reaches();
  expect(await kernel.pings('172.29.42.99')).toBe(true);
  expect(await inside(host, 'nets-ours', 'cat /sys/class/net/eth0/address')).toBe('12:34:56:78:9a:bc\n');
  expect(await inside(host, 'nets-ours', 'ip route')).toContain('default via 172.29.42.1 dev eth0');
  expect(await inside(host, 'nets-ours', 'ip -6 route')).toContain('default via fe80::1 dev eth0');
  expect(await inside(host, 'nets-bare', 'ip -o link')).toContain('nw-nets');
  expect((await inside(host, 'nets-alone', 'ip -o link')).trim().split('\n')).toHaveLength(1);
  // The way out is still Docker's.
  expect(await inside(host, 'nets-both', 'ip route')).toMatch(/default via 172\.17\.\S+ dev eth0/);
  await host.sh('docker restart -t 0 nets-ours');
  expect(await pings(host, 'nets-ours', '172.29.42.1')).toBe(false);
  await again();
  await reaches();
}

async function podman({ host, kernel, again }: Scene): Promise<void> {
  const reaches = async (): Promise<void> => {
    for (const to of ['10.45.0.1', '10.45.0.3', '2001:db8:45::242:a2d:3']) {
      expect(await pings(host, 'podman-one', to, 'podman'), `one to ${to}`).toBe(true);
    }
  };
  await reaches();
  expect(await kernel.pings('10.45.0.2')).toBe(true);
  expect(await kernel.pings('10.46.0.9')).toBe(true);
  expect(await inside(host, 'podman-both', 'ip route', 'podman')).toContain('default via 10.46.0.1 dev eth0');
  expect(await pings(host, 'podman-both', '10.45.0.2', 'podman')).toBe(true);
  await host.sh('podman restart -t 0 podman-two');
  expect(await pings(host, 'podman-one', '10.45.0.3', 'podman')).toBe(false);
  await again();
  await reaches();
}
