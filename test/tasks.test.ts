import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderApply } from '../src/apply.ts';
import { describeCommand } from '../src/command.ts';
import { planHost, type HostPlan } from '../src/plan.ts';
import { ledgerReads, readsOf } from '../src/plan.ts';
import { describeChanges } from '../src/report.ts';
import type { World } from '../src/gather.ts';
import { kinds } from '../tasks/index.ts';
import { readCase, type Case, type Tasks } from './tasks/case.ts';
import { Host } from './tasks/host.ts';
import { viewOf } from './objects/view.ts';

const LAB = 'lab';
const FOLDER = join(import.meta.dirname, 'tasks');

describe.each(kinds.map(({ kind }) => kind))('%s', (kind) => {
  const folder = join(FOLDER, kind.replaceAll('_', '-'));
  for (const file of readdirSync(folder)) {
    it(file.replace(/\.yml$/, '').replaceAll('-', ' '), () => {
      check(readCase(join(folder, file)));
    });
  }
});

function check(given: Case): void {
  const { written } = given;
  const { host, bare, others } = situation(given);
  const tasks = given.tasks(LAB, ['tasks']);
  const plan = tasks.problems.length === 0 ? planOn(host, LAB, tasks, written) : undefined;
  const problems = plan?.problems ?? tasks.problems;
  if (written.refuses) {
    const expected = [written.refuses].flat();
    expect(
      problems.map(({ code, message }, index) => (expected[index]?.message ? { code, message } : { code })),
    ).toEqual(expected);
    return;
  }
  expect(problems).toEqual([]);
  if (!plan) return;
  if (written.plan) expect(linesOf(plan)).toEqual(written.plan);
  if (written.notes) expect(plan.tasks.flatMap(({ notes }) => notes)).toEqual(written.notes);
  const changes = changesOf(plan);
  const commands = changes.flatMap((change) => change.commands);
  if (written.commands) expect(commands.map(describeCommand)).toEqual(written.commands);
  checkAct(given, tasks, plan);

  // Whatever the case is about, this is true of every plan.
  renderApply(
    commands.map((command, id) => ({ id, command })),
    {},
    '',
    [],
  );
  const done = host.copy();
  done.make(changes);
  done.remember(plan.final);
  expectNothingLeft(done, tasks, written, 'a second run has nothing to do');
  expectOthersContent(given, done);
  for (let made = 0; made <= changes.length; made++) {
    const cut = host.copy();
    cut.make(changes.slice(0, made));
    cut.remember(plan.intent);
    const where = `cut off after ${made} of ${changes.length} changes`;
    if (!written.leaves) expectGivenBack(cut, others, bare, `${where}, then destroyed`);
    const again = planOn(cut, LAB, tasks, written);
    expect(again.problems, `${where}, then run again`).toEqual([]);
    cut.make(changesOf(again));
    cut.remember(again.final);
    expectSame(cut.world, done.world, `${where}, then run again`);
  }
  expectGivenBack(done, others, bare, 'destroyed');
}

/** The host before the tasks, and as it has to be when this lab, or every lab, is destroyed. */
function situation(given: Case) {
  const { foreign = [], missing = [], labs = {}, given: before, meanwhile = [], reboot, leaves = [] } = given.written;
  const host = new Host();
  host.sh(foreign);
  host.world.missing = missing;
  const bare = host.copy();
  for (const lab of Object.keys(labs)) settle(host, lab, given.tasks(lab, ['labs', lab]));
  const others = host.copy();
  if (before) settle(host, LAB, given.tasks(LAB, ['given']));
  if (reboot) {
    host.reboot();
    host.sh(foreign);
  }
  host.sh(meanwhile);
  bare.sh(leaves);
  others.sh(leaves);
  return { host, bare: bare.world, others: reboot ? bare.world : others.world };
}

function settle(host: Host, lab: string, tasks: Tasks): void {
  expect(tasks.problems).toEqual([]);
  const plan = planOn(host, lab, tasks);
  expect(plan.problems).toEqual([]);
  host.make(changesOf(plan));
  host.remember(plan.final);
}

interface Options {
  readonly prune?: boolean | undefined;
  readonly orphans?: boolean;
  readonly elsewhere?: Case['written']['elsewhere'];
}

function planOn(
  host: Host,
  lab: string,
  { states }: Tasks,
  { prune = true, orphans = false, elsewhere = [] }: Options = {},
): HostPlan {
  const reads = orphans ? [{ fact: 'nft' } as const] : readsOf(lab, 'h1', states);
  const world = host.look([...reads, ...ledgerReads(host.world, lab)]);
  return planHost({
    lab,
    host: 'h1',
    playbook: 'lab.yml',
    tasks: states,
    world,
    prune,
    orphans,
    everywhere: () => elsewhere,
  });
}

const changesOf = (plan: HostPlan) => plan.tasks.flatMap((task) => task.changes);

const linesOf = ({ tasks }: HostPlan): string[] =>
  tasks.map(({ key, title, verdict, changes, summary }) => {
    const text = verdict === 'skipped' || changes.length > 0 ? (summary ?? describeChanges(changes)) : '';
    return [verdict, ...(key.startsWith('prune ') ? [`${title}:`] : []), text].join(' ').trim();
  });

function checkAct({ written }: Case, { act }: Tasks, { context }: HostPlan): void {
  if (!act) return;
  const commands = act.kind.commands(act.args, context);
  if (written.runs) expect(commands).toEqual(written.runs);
  if (!written.says) return;
  const outcomes = (written.outcomes ?? []).map((outcome) => ({ rc: 0, stdout: '', stderr: '', ...outcome }));
  expect(act.kind.judge?.(act.args, commands, outcomes)).toEqual(written.says);
}

function expectNothingLeft(host: Host, tasks: Tasks, written: Case['written'], label: string): void {
  const again = planOn(host, LAB, tasks, written);
  expect(again.problems, label).toEqual([]);
  expect(
    linesOf(again).filter((line) => line !== '=' && !line.startsWith('skipped')),
    label,
  ).toEqual([]);
}

/** Whatever this lab does, the other labs still have what they want. */
function expectOthersContent(given: Case, host: Host): void {
  if (given.written.reboot) return;
  for (const lab of Object.keys(given.written.labs ?? {})) {
    const plan = planOn(host, lab, given.tasks(lab, ['labs', lab]));
    expect([plan.problems, linesOf(plan).filter((line) => line !== '=')], `the lab ${lab}`).toEqual([[], []]);
  }
}

/** Destroying this lab leaves what the others have; destroying all leaves what was there before, in either order. */
function expectGivenBack(host: Host, others: World, bare: World, label: string): void {
  const first = host.copy();
  destroy(first, LAB, label);
  expectSame(first.world, others, label);
  for (const lab of Object.keys(others.ledgers)) destroy(first, lab, `${label}, and the lab ${lab}`);
  const last = host.copy();
  for (const lab of [...Object.keys(others.ledgers), LAB]) destroy(last, lab, `${label}, the lab ${lab} first`);
  for (const { world } of [first, last]) expectSame(world, bare, `${label}, and all other labs`);
}

function destroy(host: Host, lab: string, label: string): void {
  const plan = planOn(host, lab, { states: [], problems: [] }, { orphans: true });
  expect(plan.problems, label).toEqual([]);
  host.make(changesOf(plan));
  host.remember(plan.final);
}

function expectSame(found: World, expected: World, label: string): void {
  expect(viewOf(found, expected), label).toEqual(viewOf(expected, found));
  expect(Object.keys(found.ledgers), `${label}: ledgers`).toEqual(Object.keys(expected.ledgers));
}
