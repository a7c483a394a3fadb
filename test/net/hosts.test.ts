import { afterAll, beforeAll, expect, test } from 'vitest';
import { exits, expectSame, MAIN, overSsh, ROOT, snapshots, told } from './netwright.ts';
import { startRig, type Rig } from './rig.ts';

// Commands about hosts, without any playbook.
let rig: Rig;
const netwright = (...argv: string[]) => overSsh(rig, [...argv, '-i', 'inventory/lab.yml', '--limit', 'h1,h2,h3']);
/** What stands behind `--` is the command's own, so options come before. */
const exec = (...words: string[]) => {
  const options = ['-i', 'inventory/lab.yml', '--limit', 'h1,h2,h3', '--ssh-config', rig.sshConfig];
  return rig.exec([process.execPath, MAIN, 'exec', ...options, 'all', '--', ...words], { cwd: ROOT });
};

beforeAll(async () => {
  rig = await startRig(3);
  await rig.host('h2').sh('rm /usr/sbin/nft /usr/bin/ping');
  await rig.host('h3').sh('rm /usr/bin/flock');
});
afterAll(() => rig.stop());

test('doctor says what each host has and lacks, and changes nothing', async () => {
  const whole = [rig.host('h1')];
  const before = await snapshots(whole);
  const { stdout } = await exits(3, netwright('doctor'));
  expect(stdout).toMatch(/h1 {2}= programs +ip bridge tc ss nft nsenter setsid unshare flock ping timeout\n/);
  expect(stdout).toMatch(/h2 {2}\? programs +lacks nft \(nftables\), ping \(iputils-ping\)\n/);
  expect(stdout).toMatch(/h3 {2}! programs +lacks flock \(util-linux\)\n/);
  expect(stdout).toMatch(/h1 {2}= kernel has +.*\bmacvlan\b/);
  await expectSame(whole, before);
});

test('a host that lacks what everything needs refuses the run by name', async () => {
  const { stderr } = await exits(4, netwright('run', 'playbooks/fleet.yml'));
  expect(stderr).toContain('[MISSING_PROGRAM] h3 lacks flock (util-linux); install the packages in brackets');
});

test('exec runs a program as its words say, or a line for sh, and shows what each host printed', async () => {
  const words = await exits(0, exec('printf', '%s|', 'a b', '$(id)', "'"));
  expect(words.stdout.match(/^ {6}a b\|\$\(id\)\|'\|$/gm)).toHaveLength(3);
  const line = await exits(3, exec('echo "$(hostname)" | tr h H; [ "$(hostname)" != h2 ]'));
  expect(told(line.stdout, '=')).toEqual(['= exit code 0', '= exit code 0']);
  expect(line.stdout).toMatch(/h2 {2}! exit code 1\n {6}H2\n/);
});

test('a host that cannot be reached costs only itself', async () => {
  await rig.host('h1').setSsh('refused');
  const { stdout } = await exits(5, exec('true'));
  expect(stdout).toMatch(/h1 {2}! unreachable/);
  expect(told(stdout, '=')).toHaveLength(2);
  await rig.host('h1').setSsh('up');
});
