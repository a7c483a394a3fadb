import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../src/connect.ts';
import { begin, eventsOf, exits, overSsh, type Event } from './netwright.ts';
import { startRig, type Rig } from './rig.ts';

/** Cannot be reached, each in another way; the last hangs when it is to make a change. */
const SICK = ['h7', 'h13', 'h21', 'h31'];
const HANGING = `cat >/usr/local/sbin/ip <<'SHIM'
#!/bin/sh
if [ -e /run/hang-in-changes ] && [ -e /var/lib/netwright/fifty.json ]; then exec sleep 86400; fi
exec /usr/sbin/ip "$@"
SHIM
chmod +x /usr/local/sbin/ip`;

let rig: Rig;
let leave: () => void;

beforeAll(async () => {
  const hosts = { h7: { ssh: 'dropped' }, h13: { ssh: 'refused' }, h21: { ssh: 'silent' } } as const;
  rig = await startRig(50, { hosts });
  await rig.host('h31').sh(HANGING);
  leave = rig.enter();
});
afterAll(async () => {
  leave();
  await rig.stop();
});

/** Seconds for a connection: fifty logins at once take seconds of two processors, which is nobody's fault. */
const TIMEOUT = 15;

/** Runs the playbook on some hosts; answers how long it took until each had its bridge, in seconds. */
async function build(names: readonly string[], code: number) {
  const path = join(rig.directory, 'fifty.yml');
  writeFileSync(path, '- hosts: all\n  lab: fifty\n  tasks: [{ bridge: { name: nw-fifty, address: 10.50.0.1/24 } }]\n');
  const words = ['-i', `${names.join(',')},`, '--timeout', `${TIMEOUT}`, '--step-timeout', '10'];
  const begun = performance.now();
  const { child, result } = begin(rig, ['run', path, ...words, '--json']);
  const done = new Map<string, number>();
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const { type, host, status } = JSON.parse(line) as Event;
    if (type === 'task' && status === 'changed') done.set(host!, (performance.now() - begun) / 1000);
  });
  const { stdout } = await exits(code, result);
  return { done, events: eventsOf(stdout), destroy: () => overSsh(rig, ['destroy', path, ...words]) };
}

test('of fifty hosts those that refuse, drop, are silent or hang in a step cost the others next to nothing', async () => {
  const names = rig.hosts.map(({ name }) => name);
  const healthy = names.filter((name) => !SICK.includes(name));
  const alone = await build(healthy, 0);
  expect([...alone.done.keys()].sort()).toEqual(healthy.toSorted());
  await exits(0, alone.destroy());
  await rig.host('h31').sh('touch /run/hang-in-changes');
  const together = await build(names, 3);
  expect([...together.done.keys()].sort()).toEqual(healthy.toSorted());
  const codes = together.events.flatMap(({ type, host, problem }) => (type === 'host' ? [[host, problem!.code]] : []));
  expect(new Map(codes as [string, string][])).toEqual(
    new Map([
      ['h7', 'UNREACHABLE'],
      ['h13', 'UNREACHABLE'],
      ['h21', 'UNREACHABLE'],
      ['h31', 'DEADLINE'],
    ]),
  );
  const [before, after] = [alone, together].map(({ done }) => Math.max(...done.values())) as [number, number];
  console.log(`fifty hosts: ${before.toFixed(1)} s without the sick ones, ${after.toFixed(1)} s with them`);
  // What the machine itself takes may double from one minute to the next.
  expect(after, `${before} s without them`).toBeLessThan(2 * before + TIMEOUT + 2);
});

test('forty-six hosts answer a second exchange in little time', async () => {
  const hosts = rig.hosts.filter(({ name }) => !SICK.includes(name));
  const sessions = await Promise.all(
    hosts.map(({ name }) => openSession(rig.target(name), { sshConfig: rig.sshConfig, connectTimeoutSeconds: 30 })),
  );
  const begun = performance.now();
  await Promise.all(sessions.map((session) => session.exchange('mark a; ip -j -d link')));
  expect(performance.now() - begun).toBeLessThan(5000);
  await Promise.all(sessions.map((session) => session.close()));
});
