import { expect } from 'vitest';
import { ledgerReads, type HostPlan } from '../../src/plan.ts';
import type { Case, Tasks } from './case.ts';
import { Host } from './host.ts';
import { changesOf, firstReads, LAB, planWith, type Options } from './plan.ts';

/** The host before the tasks, and as it has to be when this lab, or every lab, is destroyed. */
export function situation(given: Case) {
  const {
    foreign = [],
    missing = [],
    lacks = [],
    labs = {},
    given: before,
    meanwhile = [],
    reboot,
    leaves = [],
  } = given.written;
  const host = new Host();
  host.sh(foreign);
  host.world.missing = missing;
  for (const name of lacks) host.world.capabilities[name] = false;
  const bare = host.copy();
  for (const lab of Object.keys(labs)) apply(host, lab, given.tasks(lab, ['labs', lab]), {}, 'labs');
  const others = reboot ? bare : host.copy();
  if (before) apply(host, LAB, given.tasks(LAB, ['given']), {}, 'given');
  if (reboot) {
    host.reboot();
    host.sh(foreign);
  }
  host.sh(meanwhile);
  bare.sh(leaves);
  if (others !== bare) others.sh(leaves);
  return { host, bare: bare.world, others: others.world };
}

export const planOn = (host: Host, lab: string, tasks: Tasks, options: Options = {}): HostPlan =>
  planWith(host.look([...firstReads(lab, tasks, options), ...ledgerReads(host.world, lab)]), lab, tasks, options);

export function apply(host: Host, lab: string, tasks: Tasks, options: Options, label: string): void {
  expect(tasks.problems, label).toEqual([]);
  const plan = planOn(host, lab, tasks, options);
  expect(plan.problems, label).toEqual([]);
  host.make(changesOf(plan));
  host.remember(plan.final);
}
