import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeCommand } from '../../src/command.ts';
import type { World } from '../../src/gather.ts';
import { isDeclarative } from '../../src/task.ts';
import { kinds } from '../../tasks/index.ts';
import { Kernel } from '../objects/kernel.ts';
import { viewOf } from '../objects/view.ts';
import { readCase, type Case } from './case.ts';
import { changesOf, DESTROY, expectNothingLeft, expectSame, LAB, linesOf } from './plan.ts';
import { apply, canBeTried, everything, lacksSomething, planOn, SETUP, shellLine } from './real.ts';

// The cases of ../tasks.test.ts once more, on a real kernel: it gives the same plans, does what they say, and gives
// back what was there. It can neither be rebooted nor lack a program, and no engine runs there: test/net has those.

for (const { kind } of kinds.filter(isDeclarative)) {
  const folder = join(import.meta.dirname, kind.replaceAll('_', '-'));
  const cases = readdirSync(folder)
    .map((file) => ({ name: file.replace(/\.yml$/, '').replaceAll('-', ' '), given: readCase(join(folder, file)) }))
    .filter(({ given }) => canBeTried(given));
  if (cases.length === 0) continue;
  describe(`${kind} on a real kernel`, () => {
    for (const { name, given } of cases) it.concurrent(name, () => check(given));
  });
}

async function check(given: Case): Promise<void> {
  const { foreign = [], labs = {}, given: before, meanwhile = [], refuses, leaves } = given.written;
  const tasks = given.tasks(LAB, ['tasks']);
  if (tasks.problems.length > 0) return;
  const kernel = await Kernel.start();
  const sh = async (lines: readonly string[]): Promise<unknown> =>
    kernel.sh([SETUP, ...lines.map(shellLine)].join('\n'));
  await sh(foreign);
  if (await lacksSomething(kernel, given)) {
    const plans = [given.tasks(LAB, ['given']), tasks].map((some) => planOn(kernel, LAB, some, given.written));
    const problems = (await Promise.all(plans)).flatMap((plan) => plan.problems);
    expect(problems.map(({ code }) => code)).toContain('MISSING_CAPABILITY');
    kernel.stop();
    return;
  }
  const look = (): Promise<World> => kernel.gather(everything(given));
  const bare = await look();
  for (const lab of Object.keys(labs)) await apply(kernel, lab, given.tasks(lab, ['labs', lab]), {});
  const others = await look();
  if (before) await apply(kernel, LAB, given.tasks(LAB, ['given']), {});
  if (meanwhile.length > 0) {
    await sh(meanwhile);
    if (meanwhile.some((line) => /netns del|umount/.test(line))) await kernel.atRest();
    // The kernel takes its time over what is in a namespace that goes away.
    await setTimeout(300);
  }
  const plan = await planOn(kernel, LAB, tasks, given.written);
  if (refuses) {
    expect(plan.problems.map(({ code }) => code)).toEqual([refuses].flat().map(({ code }) => code));
    kernel.stop();
    return;
  }
  expect(linesOf(plan)).toEqual(given.written.plan);
  const commands = changesOf(plan).flatMap((change) => change.commands.map(describeCommand));
  if (given.written.commands) expect(commands.map(comparable)).toEqual(given.written.commands.map(comparable));
  await apply(kernel, LAB, tasks, given.written);
  expect(bridges(await look(), others), "MACs of somebody else's bridges").toEqual(bridges(others, await look()));
  expectNothingLeft(await planOn(kernel, LAB, tasks, given.written), 'run again');
  await apply(kernel, LAB, ...DESTROY);
  if (!leaves) expectSame(await settled(look, others), others, 'destroyed');
  for (const lab of Object.keys(labs)) await apply(kernel, lab, ...DESTROY);
  if (!leaves) expectSame(await settled(look, bare), bare, 'all labs destroyed');
  kernel.stop();
}

/**
 * The MACs of bridges that are in both worlds, and not ours: no port of ours may change them. A bridge whose last port was
 * taken has none, as the kernel has it.
 */
const bridges = (world: World, other: World): string[] =>
  bridgesOf(world)
    .filter(({ name }) => [world, other].every((one) => bridgesOf(one).some(isAt(name))))
    .map(({ name, mac }) => `${name} ${mac}`);

const NO_MAC = '00:00:00:00:00:00';
const isAt =
  (name: string) =>
  (one: { readonly name: string; readonly mac: string }): boolean =>
    one.name === name && one.mac !== NO_MAC;

const bridgesOf = ({ nets }: World) =>
  (nets['']?.links ?? []).filter(({ kind, alias }) => kind === 'bridge' && alias?.startsWith('netwright:lab') !== true);

/** A namespace is taken apart after the command has returned. */
async function settled(look: () => Promise<World>, expected: World): Promise<World> {
  for (let tries = 0; ; tries++) {
    const found = await look();
    if (tries === 20 || isDeepStrictEqual(viewOf(found, expected), viewOf(expected, found))) return found;
    await setTimeout(50);
  }
}

/** Without what only the kernel says: numbers of rules, and what it adds to a route. */
const comparable = (command: string): string =>
  command.replace(/"handle":-?\d+/, '"handle"').replace(' scope link', '');
