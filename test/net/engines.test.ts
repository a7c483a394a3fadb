import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { CHANGES, exits, expectSame, onHost, recapOf, ROOT, told, writeOn } from './netwright.ts';
import { around, engineChecks, needsEngine, changesDocker } from './playbooks/engine-checks.ts';
import { startRig, until, type Docker, type Rig, type RigHost } from './rig.ts';
import { PODMAN, toPodman } from './rig/podman.ts';

// The playbooks about Docker and podman, on a host with a real dockerd, proven by what their containers can do.

const textOf = (name: string): string => readFileSync(join(ROOT, 'playbooks', name), 'utf8');
const playbooks = readdirSync(join(ROOT, 'playbooks'))
  .filter((name) => name.endsWith('.yml') && needsEngine(textOf(name)))
  // Those for several daemons are run by ./overlay.test.ts.
  .filter((name) => textOf(name).includes('hosts: localhost'))
  .toSorted();

let rig: Rig;
let host: RigHost;
let kernel: Kernel;
let docker: Docker;

/** Everything of the engines, and of the host what a restart of Docker's daemon does not change either. */
const STATE = `set +e
cat /etc/docker/daemon.json 2>/dev/null; ls -A /etc/docker 2>/dev/null
find /run/netns /etc/netns /var/lib/netwright -mindepth 1 2>/dev/null | sort
docker ps -a --format '{{.Names}}' | sort; podman ps -a --format '{{.Names}}' | sort
docker network ls --format '{{.Name}}' | sort; nft list tables | grep netwright
ip -br link | sed 's/[@ ].*//' | sort; ip -4 addr show docker0 | grep -o 'inet [^ ]*'
for t in filter nat; do iptables -t $t -S; ip6tables -t $t -S; done | sort; cat /proc/sys/net/ipv4/ip_forward
true`;

const netwright = (command: string, name: string) =>
  onHost(host, [command, `playbooks/${name}`, ...(command === 'destroy' ? [] : ['-e', `image=${docker.image}`])]);

/** With its first container a new docker0 gets a link-local address, which it keeps. */
const firstContainer = (): string => `docker run --rm ${docker.image} true`;

beforeAll(async () => {
  rig = await startRig(2, { hosts: { h1: { docker: true, prepare: PODMAN } } });
  host = rig.host('h1');
  kernel = new Kernel(host);
  docker = await host.startDocker();
  await host.sh(`${toPodman(docker.image)}; ${firstContainer()}`);
});
afterAll(() => rig.stop());

/** What is there when nothing changes any more: a carrier may go a second after the last port. */
async function atRest(): Promise<string> {
  for (let before = await host.snapshot(), tries = 0; ; tries++) {
    await setTimeout(1500);
    const now = await host.snapshot();
    if (now === before || tries === 20) return now;
    before = now;
  }
}

describe.each(playbooks)('playbooks/%s', (name) => {
  let clean = '';
  let snapshot = '';

  test('is valid, runs, and does what it says', async () => {
    await host.sh(around[name]?.first ?? 'true');
    await kernel.settled();
    clean = await host.sh(STATE);
    snapshot = await atRest();
    await exits(0, netwright('validate', name));
    const { stdout } = await exits(0, netwright('run', name));
    expect(recapOf(stdout).localhost!.changed).toBeGreaterThan(0);
    const again = () => exits(0, netwright('run', name));
    await engineChecks[name]!({ host, outside: rig.host('h2'), kernel, docker, again });
  });

  test('changes nothing the second time', async () => {
    const { stdout } = await exits(0, netwright('run', name));
    expect(told(stdout, CHANGES)).toEqual([]);
    await exits(0, netwright('status', name));
  });

  test('leaves nothing behind', async () => {
    await exits(0, netwright('destroy', name));
    expect(await host.sh(STATE)).toBe(clean);
    if (!changesDocker(textOf(name))) {
      await kernel.settled();
      // A bridge of somebody else's loses its carrier some time after its last port.
      await until(async () => (await host.snapshot()) === snapshot, 30_000, 'what was there').catch(() => undefined);
      await expectSame([host], [snapshot]);
    }
    await host.sh(around[name]?.last ?? 'true');
    if (textOf(name).includes('docker_daemon:')) await host.sh(firstContainer());
  });
});

test('an interface lent to a running container comes back, and no name of the container stays when that is gone', async () => {
  const start = `docker run -d --name legacy --net=none ${docker.image} sleep 60`;
  await host.sh(
    `ip link add nic7 type veth peer name wire7; ip link set wire7 up; ip addr add 10.9.9.1/24 dev wire7; ${start}`,
  );
  await kernel.settled();
  const clean = await host.sh(STATE);
  const networks = '[{ physical: nic7, interface: eth5, address: 10.9.9.5/24 }]';
  const text = `- hosts: localhost\n  lab: lent\n  tasks: [attach: { name: legacy, networks: ${networks} }]\n`;
  await writeOn(host, '/root/lent.yml', text);
  const act = (command: string) => exits(0, onHost(host, [command, '/root/lent.yml']));
  await act('run');
  expect(await kernel.pings('10.9.9.5')).toBe(true);
  expect(told((await act('run')).stdout, CHANGES)).toEqual([]);
  await act('destroy');
  expect(await host.sh(STATE)).toBe(clean);
  await act('run');
  await host.sh('docker rm -f legacy');
  await act('destroy');
  expect(await host.sh('ls /run/netns')).toBe('');
  // A veth ends with the namespace that it is in; a card of the host would have come back by itself.
  await host.sh('ip link del wire7 2>/dev/null || true');
});

test(
  'command lines of pipework are done to containers that run already, and undone',
  { timeout: 240_000 },
  async () => {
    await host.sh(`docker run -d --name own-way ${docker.image} sleep 600
    docker run -d --name asking --net=none ${docker.image} sleep 600
    podman run -d --name seal --network none --cap-add NET_RAW ${docker.image} sleep 600`);
    const served = await host.sh('docker exec own-way ip route');
    const server = `    - container:
        name: server
        networks: [{ bridge: br1, address: 192.168.1.254/24, gateway: none }]
        command: [dnsmasq, --keep-in-foreground, --conf-file=/dev/null, --user=root, --pid-file, --port=0, --bind-dynamic,
          --no-ping, '--dhcp-range=192.168.1.100,192.168.1.120,255.255.255.0,1h', --dhcp-leasefile=/run/pipework.leases]\n`;
    const imported = async (runtime: string, ...lines: string[]): Promise<string> =>
      (await exits(0, onHost(host, ['import', 'pipework', '--runtime', runtime, ...lines]))).stdout;
    const text = await imported(
      'docker',
      'pipework br1 own-way 192.168.1.7/24@192.168.1.254 U:own-way.example.com',
      'pipework br1 asking dhcp',
      'pipework route own-way add 10.2.0.0/16 via 192.168.1.254',
    );
    const [before, after] = text.split(/(?<=- bridge:\n {8}name: br1\n)/);
    const more = (await imported('podman', 'pipework br1 seal 192.168.1.8/24')).split(/(?=^ {4}- attach:)/m)[1]!;
    const pair = (one: string, other: string): string =>
      `    - link: { endpoints: [{ container: ${one}, interface: p0, address: 10.1.1.1/32 }, { container: ${other}, interface: p0, address: 10.1.1.2/32 }] }\n`;
    await writeOn(host, '/root/pipework.yml', `${before}${server}${after}${more}${pair('seal', 'asking')}`);
    const act = (command: string) => exits(0, onHost(host, [command, '/root/pipework.yml']));
    await act('run');
    const reach = async (): Promise<void> => {
      for (const to of ['192.168.1.8', '192.168.1.254']) {
        expect((await host.exec(['docker', 'exec', 'own-way', 'ping', '-c', '1', '-W', '5', to])).code, to).toBe(0);
      }
      expect((await host.exec(['podman', 'exec', 'seal', 'ping', '-c', '1', '-W', '5', '10.1.1.2'])).code).toBe(0);
      expect(await host.sh('docker exec asking ip -o -4 addr show dev eth1')).toMatch(/inet 192\.168\.1\.1[012]\d\/24/);
      expect(await host.sh('docker exec own-way ip route')).toMatch(
        /default via 192\.168\.1\.254 [^]*10\.2\.0\.0\/16 via /,
      );
    };
    await reach();
    expect(told((await act('run')).stdout, CHANGES)).toEqual([]);
    await host.sh('docker restart -t 0 asking own-way; podman restart -t 0 seal');
    await act('run');
    await reach();
    await act('destroy');
    expect(await host.sh('docker exec own-way ip route')).toBe(served);
    expect(
      await host.sh('ls /run/netns; ps -eo args | grep "^busybox udhcpc" || true; podman exec seal ip -o link'),
    ).toMatch(/^1: lo: [^\n]*\n$/);
    await host.sh('docker rm -f own-way asking; podman rm -f -t 0 seal');
  },
);

test('networks and ports that change hands are given up before others take them', async () => {
  const network = (name: string, subnet: string): string =>
    `    - docker_network: { name: ${name}, subnets: [{ subnet: ${subnet} }] }\n`;
  const container = (name: string, on: string, port: string): string =>
    `    - container: { name: ${name}, runtime: docker, image: '${docker.image}', networks: [{ network: ${on} }], publish: ['${port}:80'], command: [sleep, '600'] }\n`;
  const clean = await host.sh(STATE);
  const state = async (...tasks: string[]): Promise<void> => {
    await writeOn(host, '/root/hands.yml', `- hosts: localhost\n  lab: hands\n  tasks:\n${tasks.join('')}`);
    await exits(0, onHost(host, ['run', '/root/hands.yml']));
    expect(told((await exits(0, onHost(host, ['run', '/root/hands.yml']))).stdout, CHANGES)).toEqual([]);
  };
  const seen = () =>
    host.sh(`docker network inspect -f '{{.Name}} {{(index .IPAM.Config 0).Subnet}}' $(docker network ls -q -f label=netwright.lab=hands)
      docker ps --format '{{.Names}} {{.Ports}}' -f label=netwright.lab=hands | sed 's/, \\[::\\].*//'`);
  const [one, other] = ['172.28.61.0/24', '172.28.62.0/24'];
  const made = [network('hands-a', one), network('hands-b', other)];
  await state(...made, container('web', 'hands-a', '18080'), container('www', 'hands-b', '18081'));
  await state(
    ...[network('hands-a', other), network('hands-b', one)],
    ...[container('web', 'hands-a', '18081'), container('www', 'hands-b', '18080')],
  );
  expect((await seen()).trim().split('\n').toSorted()).toEqual([
    'hands-a 172.28.62.0/24',
    'hands-b 172.28.61.0/24',
    expect.stringMatching(/^hands-web 0\.0\.0\.0:18081->80\/tcp/),
    expect.stringMatching(/^hands-www 0\.0\.0\.0:18080->80\/tcp/),
  ]);
  await state(network('hands-c', '172.28.60.0/22'), container('new', 'hands-c', '127.0.0.1:18080'));
  expect((await seen()).trim().split('\n')).toEqual([
    'hands-c 172.28.60.0/22',
    expect.stringMatching(/^hands-new 127\.0\.0\.1:18080->80\/tcp/),
  ]);
  await exits(0, onHost(host, ['destroy', '/root/hands.yml']));
  expect(await host.sh(STATE)).toBe(clean);
});

test('without its ledger a lab loses what the engines have of it by their labels, and nobody else anything', async () => {
  const lab = (runtime: string, task: string, more: string): string =>
    `    - container: { name: ${task}, runtime: ${runtime}, image: '${docker.image}', command: [sleep, '60'], ${more} }\n`;
  await host.sh(`docker run -d --name lost-theirs --label netwright.lab=lost ${docker.image} sleep 60`);
  await kernel.settled();
  const clean = await host.sh(STATE);
  const text = [
    '- hosts: localhost\n  lab: lost\n  tasks:\n    - docker_network: { name: lost, subnets: [{ subnet: 172.28.77.0/24 }] }\n',
    `${lab('docker', 'one', 'networks: [{ network: lost }]')}${lab('podman', 'two', 'network_mode: none')}`,
  ];
  await writeOn(host, '/root/lost.yml', text.join(''));
  await exits(0, onHost(host, ['run', '/root/lost.yml']));
  await host.sh('rm /var/lib/netwright/lost.json');
  const { stdout } = await exits(0, onHost(host, ['destroy', '--lab', 'lost']));
  expect(told(stdout, '-')).toEqual([expect.stringMatching(/lost-two, .*lost-one, .*lost remove/)]);
  expect(await host.sh(STATE)).toBe(clean);
  await host.sh('docker rm -f lost-theirs');
});

describe("a restart of Docker's daemon", () => {
  const run = async (settings: string) => {
    await writeOn(
      host,
      '/root/daemon.yml',
      `- hosts: localhost\n  lab: daemon\n  tasks: [docker_daemon: ${settings}]\n`,
    );
    return onHost(host, ['run', '/root/daemon.yml']);
  };
  const status = (): Promise<string> => host.sh("docker inspect -f '{{.State.Status}}' theirs");

  test('that would stop what somebody else runs is refused with its name', async () => {
    await host.sh(`docker run -d --name theirs --stop-signal KILL ${docker.image} sleep 3600`);
    const { stderr } = await exits(4, run('{ mtu: 1400 }'));
    expect(stderr).toMatch(/\[WOULD_STOP\] .*would stop containers that are not ours: theirs;/);
    expect(stderr).toContain('daemon.yml:3:');
    expect(await status()).toBe('running\n');
  });

  test('with live-restore, which needs none itself, stops nobody', async () => {
    const pids = (): Promise<string> => host.sh("docker inspect -f '{{.State.Pid}}' theirs; cat /run/docker.pid");
    const [theirs, daemon] = (await pids()).split('\n');
    const alone = await exits(0, run('{ live_restore: true }'));
    expect(alone.stdout).toContain('live-restore unset -> true; without a restart');
    expect((await pids()).split('\n')).toEqual([theirs, daemon]);
    await exits(0, run('{ live_restore: true, dns: 192.0.2.53 }'));
    expect(told((await exits(0, run('{ live_restore: true, dns: 192.0.2.53 }'))).stdout, CHANGES)).toEqual([]);
    // What Docker would not heed while a container runs is not promised.
    const { stderr } = await exits(4, run('{ live_restore: true, dns: 192.0.2.53, bip: 172.31.200.1/24 }'));
    expect(stderr).toMatch(/\[WOULD_STOP\] Docker heeds bip only while no container runs, .*: theirs;/);
    await exits(0, onHost(host, ['destroy', '/root/daemon.yml']));
    const [still, restarted] = (await pids()).split('\n');
    expect([still, restarted]).toEqual([theirs, expect.not.stringMatching(`^${daemon}$`)]);
    const address = (await host.sh("docker inspect -f '{{.NetworkSettings.IPAddress}}' theirs")).trim();
    expect(await kernel.pings(address)).toBe(true);
    expect(
      await host.sh('ls /etc/docker/daemon.json 2>/dev/null || true; docker info -f "{{.LiveRestoreEnabled}}"'),
    ).toBe('false\n');
  });

  test('is made where that may be, and with settings that it does not take it has the old ones again', async () => {
    await host.sh(
      `mkdir -p /etc/docker; echo '{"debug": true}' >/etc/docker/daemon.json; touch -d @0 /etc/docker/daemon.json`,
    );
    const { stdout } = await exits(3, run('{ ip6tables: true, experimental: false, restart: true }'));
    expect(stdout).toMatch(
      /these settings \(failed to start daemon: ip6tables .*experimental.*\); the old ones are back/,
    );
    expect(await host.sh('cat /etc/docker/daemon.json')).toBe('{"debug": true}\n');
    expect(await status()).toBe('exited\n');
    await exits(0, run('{ mtu: 1400 }'));
    expect(await host.sh('cat /etc/docker/daemon.json')).toBe('{\n  "debug": true,\n  "mtu": 1400\n}\n');
    await exits(0, onHost(host, ['destroy', '/root/daemon.yml']));
    expect(await host.sh('cat /etc/docker/daemon.json')).toBe('{"debug": true}\n');
    await host.sh('docker rm -f theirs');
  });
});
