import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHANGES, exits, overSsh, told } from './netwright.ts';
import { startRig, until, type Docker, type Rig, type RigHost } from './rig.ts';

// Docker's own swarm of two hosts, each with a dockerd: packets go from daemon to daemon through its VXLAN.

const PLAYBOOK = 'playbooks/docker-swarm.yml';

let rig: Rig;
let hosts: readonly RigHost[];
let docker: Docker;
let clean: string[];
let inventory: string;

const netwright = (command: string) => {
  const variables = command === 'destroy' ? [] : ['-e', `image=${docker.image}`];
  return overSsh(rig, [command, PLAYBOOK, '-i', inventory, ...variables]);
};

const pings = async (from: RigHost, to: string): Promise<boolean> =>
  (await from.exec(['docker', 'exec', `swarm-node-${from.name}`, 'ping', '-c', '1', '-W', '5', to])).code === 0;

/** What the daemons have, without what the swarm makes for itself. */
const state = (): Promise<string[]> =>
  Promise.all(
    hosts.map((host) =>
      host.sh("docker ps -a --format '{{.Names}}'; docker network ls --format '{{.Name}}' | sort; ls /run/netns"),
    ),
  );

beforeAll(async () => {
  rig = await startRig(2, { hosts: { '*': { docker: true } } });
  ({ hosts } = rig);
  [docker] = (await Promise.all(hosts.map((host) => host.startDocker()))) as [Docker, Docker];
  const [manager, worker] = hosts as [RigHost, RigHost];
  await manager.sh(`docker swarm init --advertise-addr ${manager.address}`);
  const token = (await manager.sh('docker swarm join-token -q worker')).trim();
  await worker.sh(`docker swarm join --token ${token} --advertise-addr ${worker.address} ${manager.address}:2377`);
  const lines = hosts.map(({ name, address }) => `${name} ansible_host=${address}\n`);
  inventory = join(rig.directory, 'swarm.ini');
  writeFileSync(inventory, `[edge]\n${lines.join('')}`);
  const isReady = async (): Promise<boolean> =>
    (await state()).every((text) => /docker_gwbridge[^]*ingress/.test(text));
  await until(isReady, 60_000, "the swarm's own networks");
  clean = await state();
});
afterAll(() => rig.stop());

test('containers of both daemons reach each other by name, and the second run changes nothing', async () => {
  await exits(0, netwright('run'));
  for (const [from, to] of [hosts, [...hosts].toReversed()] as [RigHost, RigHost][]) {
    expect(await pings(from, `on-${to.name}`), `${from.name} to ${to.name}`).toBe(true);
    expect(await pings(from, `node-${to.name}`), 'by its name in the lab').toBe(true);
  }
  const heard = hosts[1]!.exec(['timeout', '30', 'tcpdump', '-n', '-i', 'eth0', '-c', '1', 'udp port 4789']);
  await until(
    async () => {
      await pings(hosts[0]!, 'on-h2');
      return Promise.race([
        heard.then(({ code }) => code === 0),
        new Promise<false>((no) => setTimeout(no, 300, false)),
      ]);
    },
    20_000,
    'VXLAN between the hosts',
  );
  expect(told((await exits(0, netwright('run'))).stdout, CHANGES)).toEqual([]);
});

test('a network of the swarm on a host that is no manager of it is refused, with the way out', async () => {
  const path = join(rig.directory, 'worker.yml');
  writeFileSync(
    path,
    '- hosts: h2\n  lab: worker\n  tasks: [docker_network: { name: mine, driver: overlay, attachable: true }]\n',
  );
  const { stderr } = await exits(4, overSsh(rig, ['plan', path, '-i', inventory]));
  expect(stderr).toMatch(/\[NO_SWARM\] the overlay network mine is made by a manager of the swarm.*external: true/);
});

test('what was lost on one host comes back, and destroy leaves nothing', async () => {
  await hosts[1]!.sh('docker rm -f swarm-node-h2');
  await exits(0, netwright('run'));
  await until(() => pings(hosts[0]!, 'on-h2'), 20_000, 'h1 to h2');
  await exits(0, netwright('destroy'));
  expect(await state()).toEqual(clean);
});
