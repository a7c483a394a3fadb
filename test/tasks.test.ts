import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderApply } from '../src/apply.ts';
import { describeCommand } from '../src/command.ts';
import type { World } from '../src/gather.ts';
import type { HostPlan } from '../src/plan.ts';
import { isAnswering, isLooking, isScripted, isWaiting } from '../src/task.ts';
import { kinds } from '../tasks/index.ts';
import { readCase, type Case, type Tasks } from './tasks/case.ts';
import type { Host } from './tasks/host.ts';
import { checkLooking, sourcesOf } from './tasks/looking.ts';
import { changesOf, DESTROY, expectNothingLeft, expectSame, LAB, linesOf } from './tasks/plan.ts';
import { apply, planOn, situation } from './tasks/situation.ts';

describe.each(kinds.map(({ kind }) => kind))('%s', (kind) => {
  const folder = join(import.meta.dirname, 'tasks', kind.replaceAll('_', '-'));
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
    const told = problems.map(({ code, message, other }, index) =>
      expected[index]?.other === undefined ? { code, message } : { code, message, other: other?.place.text?.trim() },
    );
    expect(told).toEqual(expected);
    return;
  }
  expect(problems).toEqual([]);
  if (!plan) return;
  if (written.plan) expect(linesOf(plan)).toEqual(written.plan);
  expect(plan.tasks.flatMap(({ notes }) => notes)).toEqual(written.notes ?? []);
  const changes = changesOf(plan);
  const commands = changes.flatMap((change) => change.commands);
  if (written.commands && !tasks.act) expect(commands.map(describeCommand)).toEqual(written.commands);
  checkAct(given, tasks, plan);

  const done = host.copy();
  done.make(changes);
  done.remember(plan.final);
  for (const [path, content] of Object.entries(written.files ?? {}))
    expect(done.world.files[path]?.content).toBe(content);

  // Whatever the case is about, this is true of every plan.
  expect(() =>
    renderApply(
      commands.map((command, id) => ({ id, command })),
      {},
      '',
      [],
    ),
  ).not.toThrow();
  const again = planOn(done, LAB, tasks, written);
  expectNothingLeft(again, 'run again');
  expect(givenBack(again), 'what is remembered when it is run again').toEqual(givenBack(plan));
  expectGivenBack(done, others, bare, 'destroyed');
  for (const lab of Object.keys(others.ledgers)) {
    expectNothingLeft(planOn(done, lab, given.tasks(lab, ['labs', lab])), `the lab ${lab} run again`);
  }
  for (let made = 0; made <= changes.length; made++) {
    const cut = host.copy();
    cut.make(changes.slice(0, made));
    cut.remember(plan.intent);
    const label = `cut off after ${made} of ${changes.length} changes`;
    if (!written.leaves) expectGivenBack(cut, others, bare, `${label}, then destroyed`);
    apply(cut, LAB, tasks, written, `${label}, then run again`);
    expectSame(cut.world, done.world, `${label}, then run again`);
  }
}

/** What each object is to become again when it is given up. */
const givenBack = ({ final }: HostPlan): unknown =>
  Object.fromEntries(Object.entries(final.entries).map(([key, { before }]) => [key, before]));

/** Destroying this lab leaves what the others have; destroying all leaves what was there before, in either order. */
function expectGivenBack(host: Host, others: World, bare: World, label: string): void {
  const labs = Object.keys(others.ledgers);
  const destroying = linesOf(planOn(host, LAB, ...DESTROY)).join('\n');
  if (host.world.ledgers[LAB]) expect(destroying, label).not.toContain('the ledger does not know');
  const [first, last] = [host.copy(), host.copy()];
  apply(first, LAB, ...DESTROY, label);
  expectSame(first.world, others, label);
  for (const lab of labs) apply(first, lab, ...DESTROY, `${label}, then the lab ${lab}`);
  for (const lab of [...labs, LAB]) apply(last, lab, ...DESTROY, `${label}, the lab ${lab} first`);
  for (const { world } of [first, last]) expectSame(world, bare, `${label}, and all other labs`);
}

function checkAct({ written }: Case, { act }: Tasks, { context }: HostPlan): void {
  if (!act) return;
  if (isAnswering(act.kind)) {
    expect(act.kind.answer(act.args, written.values ?? {})).toEqual(written.says);
    return;
  }
  if (isLooking(act.kind)) {
    checkLooking(act.kind, act.args, written);
    return;
  }
  if (isScripted(act.kind)) throw new Error('a script is no kind of ours');
  if (isWaiting(act.kind)) {
    expect([act.kind.waits(act.args)]).toEqual(written.runs);
    return;
  }
  const commands = act.kind.commands(act.args, context, sourcesOf(written));
  // Where only what comes of it is in question, another case of the kind tells what it runs.
  if (written.runs || !written.says) expect(commands).toEqual(written.runs);
  if (!written.says) return;
  const outcomes = (written.outcomes ?? []).map((outcome) => ({ rc: 0, stdout: '', stderr: '', ...outcome }));
  expect(act.kind.judge?.(act.args, commands, outcomes)).toEqual(written.says);
}
