import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checks, OF_CLUSTERS } from './playbooks/checks.ts';
import { needsEngine } from './playbooks/engine-checks.ts';
import { Kernel } from './kernel.ts';
import { CHANGES, exits, expectSame, onHost, overSsh, recapOf, ROOT, snapshots, told } from './netwright.ts';
import { startRig, type Result, type Rig } from './rig.ts';

const listed = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isFile() ? [entry.name] : []))
    .toSorted();
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

let rig: Rig;
let clean: string[];

beforeAll(async () => {
  rig = await startRig(10);
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

/** On the first host where a playbook is about the machine itself, from the controller where it is about a fleet. */
const runner = (local: boolean) => (command: string, path: string, inventory: string | undefined) => {
  const argv = [command, path, ...(inventory === undefined ? [] : ['-i', inventory])];
  return local ? onHost(rig.host('h1'), argv) : overSsh(rig, argv);
};

// Those with an engine's containers are run by ./engines.test.ts.
const bare = listed('playbooks')
  .filter((name) => !needsEngine(textOf(`playbooks/${name}`)))
  .filter((name) => !OF_CLUSTERS.includes(name));

describe.each(bare)('playbooks/%s', (name) => {
  const path = `playbooks/${name}`;
  const local = textOf(path).includes('hosts: localhost');
  const inventory = local ? undefined : 'inventory/lab.yml';
  const netwright = (command: string): Promise<Result> => runner(local)(command, path, inventory);

  test('is valid, runs, and does what it says', async () => {
    await exits(0, netwright('validate'));
    const { stdout } = await exits(0, netwright('run'));
    for (const counts of Object.values(recapOf(stdout))) expect(counts.changed).toBeGreaterThan(0);
    const again = () => exits(0, netwright('run'));
    await checks[name]?.(new Kernel(rig.host('h1')), rig.host('h1'), again, rig.host('h2'));
  });

  test('changes nothing the second time', async () => {
    const { stdout } = await exits(0, netwright('run'));
    expect(told(stdout, CHANGES)).toEqual([]);
    // A program that ran counts as a change, since nobody knows what it did.
    const ran = told(stdout, '>').length;
    for (const counts of Object.values(recapOf(stdout))) expect(counts).toMatchObject({ changed: ran, failed: 0 });
    await exits(0, netwright('status'));
  });

  test('leaves nothing behind', async () => {
    await exits(0, netwright('destroy'));
    await expectSame(rig.hosts, clean);
  });
});

test.each(listed('inventory'))('inventory/%s is one with which a playbook for all hosts runs', async (name) => {
  const inventory = `inventory/${name}`;
  const netwright = runner(textOf(inventory).includes('ansible_connection: local'));
  const { stdout } = await exits(0, netwright('run', 'playbooks/fleet.yml', inventory));
  expect(Object.keys(recapOf(stdout)).length).toBeGreaterThan(0);
  await exits(0, netwright('destroy', 'playbooks/fleet.yml', inventory));
  await expectSame(rig.hosts, clean);
});
