import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHANGES, exits, onHost, recapOf, ROOT, told } from './netwright.ts';
import { startRig, type Result, type Rig, type RigHost } from './rig.ts';

// Debian's own vagrant with its docker provider: it runs netwright-playbook as it would ansible-playbook.
const FOLDER = join(ROOT, 'inventory/vagrant');
const PLAYBOOK = 'playbooks/vagrant.yml';
const MACHINES = ['h1', 'h2'];

let rig: Rig;
let host: RigHost;

const vagrant = (...argv: string[]): Promise<Result> => {
  const env = {
    LAB_KEY: '/root/lab/id',
    LAB_IMAGE: 'lab',
    VAGRANT_HOME: '/root/lab/home',
    VAGRANT_DOTFILE_PATH: '/root/lab/dot',
  };
  return host.exec(['vagrant', ...argv], { cwd: FOLDER, env, timeout: 300_000 });
};

/** On a machine, beside ssh and vagrant. */
const inside = (machine: string, line: string): Promise<string> =>
  host.sh(`docker exec "$(docker ps -q --filter name=${machine})" sh -c '${line}'`);

beforeAll(async () => {
  rig = await startRig(1, { hosts: { h1: { docker: true } } });
  host = rig.host('h1');
  await host.startDocker();
  await host.sh(`mkdir -p /root/lab; ssh-keygen -q -t ed25519 -N '' -f /root/lab/id
    bash ${ROOT}/test/net/rig/image.sh lab /root/lab/id.pub
    ln -s ${ROOT}/dist/src/netwright-playbook.js /usr/local/bin/netwright-playbook`);
}, 180_000);
afterAll(() => rig.stop());

test('vagrant up builds a network on the machines that it makes', { timeout: 300_000 }, async () => {
  const { stdout } = await exits(0, vagrant('up', '--provider=docker'));
  for (const machine of MACHINES) {
    expect(stdout).toMatch(new RegExp(`RECAP ${machine} +ok 3 {2}changed 2 {2}failed 0`));
    expect(await inside(machine, 'ls /run/netns')).toBe('vagrant-db\nvagrant-web\n');
    await inside(machine, 'nsenter --net=/run/netns/vagrant-web ping -c 1 -W 5 172.26.0.3');
  }
});

test('vagrant provision changes nothing the second time', { timeout: 120_000 }, async () => {
  const { stdout } = await exits(0, vagrant('provision'));
  for (const machine of MACHINES) expect(stdout).toMatch(new RegExp(`RECAP ${machine} +ok 3 {2}changed 0 {2}failed 0`));
});

test('what vagrant ssh-config writes is an inventory', { timeout: 120_000 }, async () => {
  const { stdout: config } = await exits(0, vagrant('ssh-config'));
  await host.exec(['sh', '-c', 'cat >/root/lab/ssh'], { input: config });
  // Two machines in containers in a host share this one's processors with everything else.
  const more = ['--ssh-config', '/root/lab/ssh', '--timeout', '60'];
  const { stdout } = await exits(0, onHost(host, ['run', PLAYBOOK, ...more]));
  expect(Object.keys(recapOf(stdout))).toEqual(MACHINES);
  expect(told(stdout, CHANGES)).toEqual([]);
  await exits(0, onHost(host, ['destroy', PLAYBOOK, ...more]));
  for (const machine of MACHINES) expect(await inside(machine, 'ls /run/netns; ls /var/lib')).toBe('');
});

test('vagrant destroy takes the machines away', { timeout: 120_000 }, async () => {
  await exits(0, vagrant('destroy', '-f'));
  expect(await host.sh('docker ps -aq')).toBe('');
});
