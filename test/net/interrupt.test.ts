import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { links, lone, succeeds } from './lone.ts';
import { begin, exits, expectSame, snapshots, type Running } from './netwright.ts';
import { startRig, until, type Rig, type RigHost } from './rig.ts';

// Every test has a host of its own, so that they wait side by side.
const SLOW = `
    - bridge: { name: nw-first }
    - shell: 'touch /run/begun; sleep 3; touch /run/finished'
    - bridge: { name: nw-last }`;
const MANY = Array.from({ length: 8 }, (_, n) => `\n    - bridge: { name: nw-${n} }\n    - container: { name: c${n} }`);

/** Seconds to think about, on any machine. */
const LONG =
  '\n    - debug: { msg: "{{ item }} {{ ansible_kernel }}" }\n      loop: "{{ range(20000) | list }}"'.repeat(8);

let rig: Rig;
let clean: string[];

const { argv, netwright, playbook } = lone('interrupted', () => rig);
const isThere = (host: RigHost, path: string): Promise<boolean> => succeeds(host, `[ -e ${path} ]`);
const isFree = (host: RigHost): Promise<boolean> => succeeds(host, 'flock -n /run/netwright/lock true');

/** The process is at nothing but thinking, for so many seconds on. */
async function thinks({ pid }: ChildProcess, seconds: number): Promise<void> {
  const used = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  };
  const before = used();
  await until(() => Promise.resolve(used() > before + seconds), 120_000, 'the process at work');
}

/** One more run makes it whole, and destroy leaves nothing. */
async function converges(host: RigHost, path: string, wanted: readonly string[]): Promise<void> {
  await exits(0, netwright('run', host, path, '--lock-timeout', '30'));
  expect(await links(host)).toEqual(wanted);
  await exits(0, netwright('status', host, path));
  await exits(0, netwright('destroy', host, path));
  await expectSame([host], [clean[host.number - 1]!]);
}

beforeAll(async () => {
  rig = await startRig(7);
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

describe.concurrent('a run that is interrupted', () => {
  test.each([
    ['h1', 'SIGINT'],
    ['h2', 'SIGTERM'],
  ] as const)('once ends what is under way, begins nothing new, and lets go (%s, %s)', async (name, signal) => {
    const host = rig.host(name);
    const path = playbook(host, SLOW);
    const { child, result } = begin(rig, argv('run', host, path));
    await until(() => isThere(host, '/run/begun'), 60_000, 'the command at work');
    child.kill(signal);
    const { stdout } = await exits(130, result);
    expect(stdout).toMatch(/^interrupted: what is under way comes to its end; once more ends it at once$/m);
    expect(stdout).toMatch(/^ {2}h\d +> shell$/m);
    expect(stdout).toMatch(/^RECAP h\d +ok 2 {2}changed 2 {2}failed 0/m);
    expect(await isThere(host, '/run/finished')).toBe(true);
    expect(await links(host)).toEqual(['nw-first']);
    expect(await isFree(host)).toBe(true);
    await converges(host, path, ['nw-first', 'nw-last']);
  });

  test('twice ends at once; the host comes to the end of its step by itself', async () => {
    const host = rig.host('h3');
    const path = playbook(host, SLOW.replace('sleep 3', 'sleep 8'));
    const { child, result } = begin(rig, argv('run', host, path));
    await until(() => isThere(host, '/run/begun'), 60_000, 'the command at work');
    child.kill('SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(child.exitCode).toBeNull();
    child.kill('SIGINT');
    const { stderr } = await exits(130, result);
    expect(stderr).toContain('[INTERRUPTED] h3: interrupted');
    expect(await isThere(host, '/run/finished')).toBe(false);
    await until(() => isThere(host, '/run/finished'), 60_000, 'the command at its end');
    await converges(host, path, ['nw-first', 'nw-last']);
  });

  test('while an inventory program is at work ends at once, and nobody was connected to', async () => {
    const host = rig.host('h6');
    const program = join(rig.directory, 'slow-inventory');
    // It ends by itself, as a terminal would have told it too.
    writeFileSync(program, `#!/bin/sh\n: >${program}.begun\nexec sleep 20\n`, { mode: 0o755 });
    const { child, result } = begin(rig, ['run', playbook(host, SLOW), '-i', program]);
    await until(() => Promise.resolve(existsSync(`${program}.begun`)), 60_000, 'the program at work');
    const since = performance.now();
    child.kill('SIGINT');
    const { stdout } = await exits(130, result);
    expect(performance.now() - since).toBeLessThan(15_000);
    expect(stdout).toBe('');
    expect(await links(host)).toEqual([]);
  });

  test('while a playbook is checked, or thought about anew for what the hosts are, ends at once and touches nothing', async () => {
    const host = rig.host('h7');
    const path = playbook(host, LONG);
    const ends = async ({ child, result }: Running, began: Promise<void>): Promise<void> => {
      await began;
      await thinks(child, 1);
      const since = performance.now();
      child.kill('SIGINT');
      const { stdout, stderr } = await exits(130, result);
      expect(performance.now() - since).toBeLessThan(15_000);
      expect([stdout, stderr]).toEqual(['', '']);
    };
    await ends(begin(rig, ['validate', path, '-i', 'h7,']), Promise.resolve());
    const running = begin(rig, argv('run', host, path));
    await ends(
      running,
      until(() => isThere(host, '/run/netwright/lock'), 120_000, 'the host looked at'),
    );
    await until(() => isFree(host), 30_000, 'the host let go');
    await expectSame([host], [clean[6]!]);
  });

  test('in the middle of its changes makes all of a batch, whenever that was', async () => {
    const host = rig.host('h4');
    const path = playbook(host, MANY.join(''));
    const { child, result } = begin(rig, argv('run', host, path));
    await until(async () => (await links(host)).length > 0, 60_000, 'the first bridge');
    child.kill('SIGINT');
    const { code } = await result;
    // It may have been done already.
    expect([0, 130]).toContain(code);
    expect(await links(host)).toHaveLength(MANY.length);
    expect(await isFree(host)).toBe(true);
    await converges(
      host,
      path,
      MANY.map((_, n) => `nw-${n}`),
    );
  });

  test('while its changes wait to be confirmed takes them back', async () => {
    const host = rig.host('h5');
    const path = playbook(host, MANY.join(''));
    const { child, result } = begin(rig, argv('run', host, path, '--confirm', '120'));
    await until(() => succeeds(host, '[ -s "$(echo /run/netwright/txn/*/timer)" ]'), 60_000, 'the undo armed');
    child.kill('SIGINT');
    const { stdout } = await exits(130, result);
    expect(stdout).toContain('[REVERTED] h5: everything was taken back: the run was interrupted');
    await expectSame([host], [clean[4]!]);
    await converges(
      host,
      path,
      MANY.map((_, n) => `nw-${n}`),
    );
  });
});
