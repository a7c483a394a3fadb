import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exits, expectSame, onHost, snapshots, writeOn } from './netwright.ts';
import { startRig, type Rig, type RigHost } from './rig.ts';

// What is asked of a host that lacks something goes without it, or is refused by its name before anything is touched.
let rig: Rig;
let host: RigHost;
let clean: string[];

const HIDE = `hide() { p=$(readlink -f "$1"); mount --bind "$2" "$p" && echo "$p" >>/run/hidden; }`;
const without = (...programs: string[]): string =>
  programs.map((name) => `hide "$(command -v ${name})" /dev/null`).join(' && ');
const BUSYBOX = 'hide "$(command -v ip)" "$(command -v busybox)"';
const READ_ONLY = 'hide /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys';

const bridge = (more = ''): string => `\n    - bridge: { name: nw-0, address: 10.88.0.1/24${more} }`;
const web = (more = ''): string => `${bridge()}\n    - container: { name: web, networks: [{ bridge: nw-0 }]${more} }`;

/** Does something while things are taken away. */
async function lacking(take: string, work: () => Promise<void>): Promise<void> {
  await host.sh(`${HIDE}\n${take}`);
  try {
    await work();
  } finally {
    await host.sh('while read -r p; do umount "$p"; done </run/hidden; rm /run/hidden');
  }
}

const writePlaybook = (tasks: string): Promise<void> =>
  writeOn(host, '/root/lab.yml', `- hosts: localhost\n  lab: lacking\n  tasks:${tasks}\n`);

beforeAll(async () => {
  rig = await startRig(1);
  host = rig.host('h1');
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

describe('a host that lacks', () => {
  test('programs that nobody needs does without them, and its doctor tells', async () => {
    const take = without('timeout', 'ss', 'nft', 'tc', 'bridge', 'ping');
    await writePlaybook(web());
    await lacking(take, async () => {
      for (const command of ['run', 'status', 'destroy']) await exits(0, onHost(host, [command, '/root/lab.yml']));
    });
    await expectSame([host], clean);
    await lacking(`${take} && ${READ_ONLY}`, async () => {
      const { stdout } = await exits(0, onHost(host, ['doctor']));
      expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
        'lacks bridge (iproute2), tc (iproute2), ss (iproute2), nft (nftables), ping (iputils-ping), ' +
          'timeout (coreutils), /proc/sys (for reading only)',
      );
    });
  });

  test.each([
    ['flock', without('flock'), bridge(), '[MISSING_PROGRAM] localhost lacks flock (util-linux)'],
    ['ip, but for that of busybox', BUSYBOX, bridge(), '[MISSING_PROGRAM] localhost lacks ip -json (iproute2)'],
    ['nft', without('nft'), bridge(', ip_masq: true'), 'lab.yml:4:15 [MISSING_TOOL] masquerade 10.88.0.0/24 needs nft'],
    [
      'ss',
      without('ss'),
      web(', publish: ["8080:80"]'),
      'lab.yml:5:18 [MISSING_TOOL] to publish IPv4 port 8080/tcp needs ss',
    ],
    [
      'ping',
      without('ping'),
      `${web()}\n    - reach: { from: web, to: 10.88.0.1 }`,
      'lab.yml:6:14 [MISSING_TOOL] reach needs ping',
    ],
    [
      'tc',
      without('tc'),
      `${bridge()}\n    - impair: { interface: nw-0, delay: 10ms }`,
      'lab.yml:5:15 [MISSING_TOOL] impair needs tc',
    ],
    [
      'bridge',
      without('bridge'),
      '\n    - vxlan: { name: nw-x, id: 7, remotes: [10.60.0.9], local: 10.60.0.1 }',
      'lab.yml:4:14 [MISSING_TOOL] vxlan nw-x needs bridge',
    ],
    [
      'a /proc/sys that can be written',
      READ_ONLY,
      web(),
      'lab.yml:5:18 [MISSING_CAPABILITY] container web needs kernel parameters',
    ],
  ])('%s, which is needed, is refused', async (_, take, tasks, refusal) => {
    await writePlaybook(tasks);
    await lacking(take, async () => {
      expect((await exits(4, onHost(host, ['run', '/root/lab.yml']))).stderr).toContain(refusal);
    });
    expect(await host.sh('ls /var/lib/netwright 2>/dev/null || true')).toBe('');
    await expectSame([host], clean);
  });
});
