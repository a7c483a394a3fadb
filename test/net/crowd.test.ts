import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { CHANGES, exits, onHost, recapOf, told } from './netwright.ts';
import { startRig, type Rig, type RigHost } from './rig.ts';

// What grows with the square of the containers is seen here and not with four of them: everything that is sent, kept and
// told has its limit.
const COUNT = 1000;

let rig: Rig;
let host: RigHost;

const run = () => exits(0, onHost(host, ['run', 'test/bench/many/lab.yml', '-e', `count=${COUNT}`]));

beforeAll(async () => {
  rig = await startRig(1);
  host = rig.host('h1');
});
afterAll(() => rig.stop());

test(`${COUNT} containers on one host are made, reach one another, and are left alone the second time`, async () => {
  const { stdout } = await run();
  expect(told(stdout, '+')).toHaveLength(COUNT + 1);
  expect(stdout).toContain(`its lab has ${COUNT} containers here`);
  const last = new Kernel(host).in(`many-c${COUNT}`);
  expect(await last.addresses('eth0')).toEqual(['172.28.19.232/16', '2001:db8:28::242:ac1c:13e8/64']);
  for (const to of ['172.28.16.1', '2001:db8:28::242:ac1c:1001']) expect(await last.pings(to), to).toBe(true);
  const again = await run();
  expect(told(again.stdout, CHANGES)).toEqual([]);
  expect(recapOf(again.stdout).localhost).toMatchObject({ changed: 0, exchanges: 1 });
});
