import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lone, succeeds } from './lone.ts';
import { controllerArgv, exits, expectSame, MAIN, ROOT, snapshots, writeOn } from './netwright.ts';
import { startRig, until, type Result, type Rig, type RigHost } from './rig.ts';

// Wall clocks are wrong, on either side, and jump. Every test has a host of its own, so that they wait side by side.
const SECONDS = 8;
/** Seconds that a busy machine may be late by. */
const LATE = 60;
const FAKE = { LD_PRELOAD: '/usr/$LIB/faketime/libfaketime.so.1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
const TASKS = `
    - bridge: { name: nw-0, address: 10.88.0.1/24 }
    - container: { name: web, networks: [{ bridge: nw-0 }] }`;

/** Said inside of the host: the library leaves things in /dev/shm, by the numbers of processes. */
const faked = (argv: readonly string[], more: Readonly<Record<string, string>>): string[] => [
  'env',
  ...Object.entries({ ...FAKE, ...more }).map(([name, value]) => `${name}=${value}`),
  ...argv,
];

let rig: Rig;
let clean: string[];
const { argv, playbook } = lone('clocks', () => rig);
const isClean = (host: RigHost): Promise<void> => expectSame([host], [clean[host.number - 1]!]);

beforeAll(async () => {
  rig = await startRig(3);
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

describe.concurrent('a wall clock', () => {
  test('that is a year wrong on the controller changes nothing, whichever way', async () => {
    const host = rig.host('h1');
    const path = playbook(host, TASKS);
    const at = (years: number, command: string, ...more: string[]): Promise<Result> =>
      rig.exec(
        faked(controllerArgv(rig, argv(command, host, path, ...more)), {
          FAKETIME: `${years > 0 ? '+' : ''}${years}y`,
        }),
        { cwd: ROOT },
      );
    expect((await exits(0, at(1, 'run', '--confirm', String(SECONDS)))).stdout).toMatch(/changed 2/);
    await exits(0, at(-1, 'status'));
    expect((await exits(0, at(-1, 'run'))).stdout).toMatch(/changed 0/);
    await exits(0, at(1, 'destroy'));
    await isClean(host);
  });

  test.each([
    ['h2', '+1y'],
    ['h3', '-1y'],
  ])(
    'that jumps on a host (%s, %s) keeps nothing waiting that is to be taken back, and hurries nothing',
    async (name, jump) => {
      const host = rig.host(name);
      const path = '/root/lab.yml';
      await writeOn(host, path, `- hosts: localhost\n  lab: clocks\n  tasks:${TASKS}\n`);
      await writeOn(host, '/run/clock', '+0\n');
      const file = { FAKETIME_TIMESTAMP_FILE: '/run/clock', FAKETIME_NO_CACHE: '1' };
      const run = [process.execPath, MAIN, 'run', path, '--confirm', String(SECONDS)];
      const running = host.exec(faked(run, file), { cwd: ROOT });
      await until(() => succeeds(host, '[ -s "$(echo /run/netwright/txn/*/timer)" ]'), 60_000, 'the undo armed');
      const since = performance.now();
      // Nobody but the host itself takes it back then.
      await host.sh('kill -s KILL $(pidof node)');
      await writeOn(host, '/run/clock', `${jump}\n`);
      const date = await host.exec(faked(['date', '+%s'], file));
      expect(Math.abs(Number(date.stdout) - Date.now() / 1000)).toBeGreaterThan(300 * 24 * 3600);
      await until(() => succeeds(host, 'ls /run/netwright/txn/*/undo.log'), (SECONDS + LATE) * 1000, 'the undo done');
      expect((performance.now() - since) / 1000).toBeGreaterThan(SECONDS - 3);
      expect((await running).code).toBe(137);
      expect(await host.sh('cat /run/netwright/txn/*/outcome')).toBe('reverted nobody confirmed it\n');
      await host.sh('rm /run/clock');
      await isClean(host);
    },
  );
});
