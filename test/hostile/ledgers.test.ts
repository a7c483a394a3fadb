import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderApply } from '../../src/apply.ts';
import { describeCommand } from '../../src/command.ts';
import { NetwrightError } from '../../src/error.ts';
import { parseLedger, renderLedger } from '../../src/facts/ledger.ts';
import { gatherScript } from '../../src/gather.ts';
import { ledgerReads, onLedgers, planHost } from '../../src/plan.ts';
import { isDeclarative } from '../../src/task.ts';
import { kinds } from '../../tasks/index.ts';
import { readCase } from '../tasks/case.ts';
import { LAB } from '../tasks/plan.ts';
import { apply, situation } from '../tasks/situation.ts';
import { Random } from './random.ts';
import { changed } from './spoilt.ts';

const SEED = Number(process.env.NETWRIGHT_SEED ?? 1);
const TIMES = Number(process.env.NETWRIGHT_FUZZ ?? 1);
const OFTEN = 20;

/** Hosts as the cases of the kinds leave them, each with what its ledger remembers. */
const hosts = kinds.filter(isDeclarative).flatMap(({ kind }) => {
  const folder = join(import.meta.dirname, '../tasks', kind.replaceAll('_', '-'));
  return readdirSync(folder).flatMap((file) => {
    const given = readCase(join(folder, file));
    const tasks = given.tasks(LAB, ['tasks']);
    if (given.written.refuses !== undefined || tasks.problems.length > 0) return [];
    const { host } = situation(given);
    apply(host, LAB, tasks, given.written, file);
    return host.world.ledgers[LAB] === undefined ? [] : [{ world: host.world, tasks: tasks.states }];
  });
});

test('whatever is in a ledger, each host is planned or refused, and nothing but words become of it', () => {
  const seen = { planned: 0, refused: 0, lost: 0 };
  hosts.forEach(({ world, tasks }, at) => {
    const ledger = JSON.parse(renderLedger(world.ledgers[LAB]!)) as unknown;
    for (let index = 0; index < OFTEN * TIMES; index++) {
      const seed = SEED * 1_000_003 + at * 1000 + index;
      const read = parseLedger(JSON.stringify(changed(ledger, new Random(seed))));
      if (read === undefined) {
        seen.lost++;
        continue;
      }
      const there = { ...world, ledgers: { ...world.ledgers, [LAB]: read } };
      const input = { lab: LAB, host: 'h1', playbook: 'lab.yml', world: there, prune: true };
      for (const part of [{ tasks }, { tasks: [], orphans: true }]) {
        try {
          const look = onLedgers('h1', there, () => gatherScript(ledgerReads(there, LAB)));
          const plan = planHost({ ...input, ...part });
          const commands = plan.tasks.flatMap(({ changes }) => changes).flatMap((change) => change.commands);
          commands.map(describeCommand);
          const { intent, final } = plan;
          const numbered = commands.map((command, id) => ({ id, command }));
          renderApply(numbered, { intent, final }, look, []);
          seen.planned++;
        } catch (error) {
          if (!(error instanceof NetwrightError)) throw new Error(`seed ${seed}`, { cause: error });
          expect(error.problems[0]!.code, `seed ${seed}`).toBe('LEDGER_UNUSABLE');
          seen.refused++;
        }
      }
    }
  });
  console.log(`${hosts.length} ledgers: ${seen.planned} planned, ${seen.refused} refused, ${seen.lost} lost`);
  expect(({} as Record<string, unknown>).polluted).toBe(undefined);
  expect(seen.planned).toBeGreaterThan(1000);
  expect(seen.refused).toBeGreaterThan(100);
}, 300_000);
