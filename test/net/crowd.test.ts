import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { CHANGES, exits, onHost, recapOf, told } from './netwright.ts';
import { startRig, until, type Rig, type RigHost } from './rig.ts';

// What grows with the square of the containers is seen here and not with four of them: everything that is sent, kept and
// told has its limit. Of a thousand, which `npm run bench` makes, other tests would hear.
const COUNT = 400;

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
  expect(await last.addresses('eth0')).toEqual(['172.28.17.144/16', '2001:db8:28::242:ac1c:1190/64']);
  // So many new neighbours flood the bridge for a while, and the kernel drops what is too much.
  for (const to of ['172.28.16.1', '2001:db8:28::242:ac1c:1001']) await until(() => last.pings(to), 120_000, to);
  const again = await run();
  expect(told(again.stdout, CHANGES)).toEqual([]);
  expect(recapOf(again.stdout).localhost).toMatchObject({ changed: 0, exchanges: 1 });
});
