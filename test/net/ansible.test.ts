import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { selectHosts } from '../../src/inventory.ts';
import { ansible, printedByAnsible, type Call } from '../inventory/ansible.ts';
import { caseNames, expectedOf, readCase } from '../inventory/case.ts';
import { fleet, generated, patterns } from '../inventory/generate.ts';
import { printed, readHere } from '../inventory/ours.ts';

const folder = mkdtempSync(join(tmpdir(), 'netwright-ansible-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the real Ansible', () => {
  test('says of every case what is written down', () => {
    const said = printedByAnsible(caseNames.map((name) => [join(folder, 'kept', name), readCase(name)] as const));
    const kept = caseNames.map((name) => JSON.parse(readFileSync(expectedOf(name), 'utf8')) as unknown);
    expect(said).toEqual(kept);
  });

  test('prints of inventories by chance what netwright prints', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const cases = fc.sample(generated, { numRuns: 24, seed }).map((one, index) => {
      return { one, ...readHere(join(folder, 'ours', String(index)), one) };
    });
    // A folder without any inventory is no mistake to Ansible.
    const good = cases.filter(({ problems }) => problems.length === 0);
    expect(good.length).toBeGreaterThan(10);
    const said = printedByAnsible(good.map(({ one }, index) => [join(folder, 'theirs', String(index)), one] as const));
    good.forEach(({ one, inventory }, index) => {
      expect(printed(inventory, one), `seed ${seed}\n${JSON.stringify(one, null, 1)}`).toEqual(said[index]);
    });
  });

  test('finds by patterns the hosts that netwright finds', () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const place = join(folder, 'patterns');
    const { inventory } = readHere(place, fleet);
    const known = fc
      .sample(patterns, { numRuns: 100, seed })
      .map((pattern) => ({ pattern, ...selectHosts(inventory, pattern) }))
      // What names nothing is a mistake here, and a warning there.
      .filter(({ problems }) => problems.length === 0);
    expect(known.length).toBeGreaterThan(30);
    const said = ansible(
      known.map(({ pattern }): Call => [place, ['ansible', '-i', 'hosts', '--list-hosts', pattern]]),
    );
    known.forEach(({ pattern, hosts }, index) => {
      const lines = said[index]!.stdout.split('\n').slice(1);
      const theirs = lines.map((line) => line.trim()).filter((line) => line !== '');
      expect({ hosts }, `seed ${seed}: ${pattern}\n${said[index]!.stderr}`).toEqual({ hosts: theirs });
    });
  });
});
