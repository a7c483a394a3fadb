import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readResults, renderApply } from '../../src/apply.ts';
import { describeCommand } from '../../src/command.ts';
import type { Read, World } from '../../src/gather.ts';
import { ledgerReads, readsOf, type HostPlan } from '../../src/plan.ts';
import { isDeclarative } from '../../src/task.ts';
import { kinds } from '../../tasks/index.ts';
import { Kernel } from '../objects/kernel.ts';
import { viewOf } from '../objects/view.ts';
import { readCase, type Case, type Tasks } from './case.ts';
import { changesOf, DESTROY, expectNothingLeft, expectSame, firstReads, LAB, linesOf } from './plan.ts';
import { planWith, type Options } from './plan.ts';

// The cases of ../tasks.test.ts once more, on a real kernel: it gives the same plans, does what they say, and gives
// back what was there. It can neither be rebooted nor lack a program, and no engine runs there: test/net has those.

/** Engines have real tests of their own; and neither a reboot nor a missing program can be had here. */
const isPossible = ({ written }: Case): boolean =>
  !written.reboot && !written.missing && !written.lacks && !JSON.stringify(written).includes('docker');

for (const { kind } of kinds.filter(isDeclarative)) {
  const folder = join(import.meta.dirname, kind.replaceAll('_', '-'));
  const cases = readdirSync(folder)
    .map((file) => ({ name: file.replace(/\.yml$/, '').replaceAll('-', ' '), given: readCase(join(folder, file)) }))
    .filter(({ given }) => isPossible(given));
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
  const { capabilities } = await kernel.gather(
    (given.written.needs ?? []).map((name) => ({ fact: 'capability', name })),
  );
  if (Object.values(capabilities).includes(false)) {
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
  expectNothingLeft(await planOn(kernel, LAB, tasks, given.written), 'run again');
  await apply(kernel, LAB, ...DESTROY);
  if (!leaves) expectSame(await settled(look, others), others, 'destroyed');
  for (const lab of Object.keys(labs)) await apply(kernel, lab, ...DESTROY);
  if (!leaves) expectSame(await settled(look, bare), bare, 'all labs destroyed');
  kernel.stop();
}

async function planOn(kernel: Kernel, lab: string, tasks: Tasks, options: Options): Promise<HostPlan> {
  const reads = firstReads(lab, tasks, options);
  const more = ledgerReads(await kernel.gather(reads), lab);
  return planWith({ ...(await kernel.gather([...reads, ...more])), missing: [] }, lab, tasks, options);
}

async function apply(kernel: Kernel, lab: string, tasks: Tasks, options: Options): Promise<void> {
  const plan = await planOn(kernel, lab, tasks, options);
  expect(plan.problems).toEqual([]);
  const commands = changesOf(plan).flatMap((change) => change.commands);
  const numbered = commands.map((command, id) => ({ id, command }));
  const final = Object.keys(plan.final.entries).length === 0 ? { removed: lab } : plan.final;
  const { text, steps } = renderApply(numbered, { intent: plan.intent, final }, '', []);
  const { byCommand, ledger } = readResults(steps, await kernel.exchange(text));
  const failed = numbered.filter(({ id }) => byCommand.get(id) !== 'done');
  expect([ledger, failed.map(({ id, command }) => [command, byCommand.get(id)])]).toEqual([undefined, []]);
}

/** Everything that any task of the case looks at, and firewalls. */
function everything(given: Case): Read[] {
  const others = Object.keys(given.written.labs ?? {}).map((lab) => [lab, ['labs', lab]] as const);
  const lists = [...others, [LAB, ['given']] as const, [LAB, ['tasks']] as const];
  const reads = lists.flatMap(([lab, path]) => readsOf(lab, 'h1', given.tasks(lab, path).states));
  return [...reads, { fact: 'nft', scope: '' }, { fact: 'iptables' }, { fact: 'accept_ra' }];
}

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

const SETUP = `
mountpoint -q /etc/resolv.conf || { cat /etc/resolv.conf >/run/resolv.conf; mount --bind /run/resolv.conf /etc/resolv.conf; }
mountpoint -q /etc/netns || { mkdir -p /etc/netns; mount -t tmpfs etc /etc/netns; echo 0 | tee /proc/sys/net/bridge/*call-ip* >/dev/null; }`;

/** What the pretended shell of ./shell.ts has in short. */
const shellLine = (line: string): string =>
  line
    .replace('type dummy', 'type ifb')
    .replace(/^kill (\S+)$/, 'kill -9 $(ip netns pids $1)')
    .replace(
      /^listen tcp (\d+)$/,
      'setsid busybox nc -ll -p $1 -e true >/dev/null 2>&1 & until ss -Hlnt | grep -q ":$1 "; do sleep 0.05; done',
    )
    .replace(/^write (\S+) (.*)$/, 'mkdir -p $(dirname $1); echo $2 >$1; chmod 644 $1');
