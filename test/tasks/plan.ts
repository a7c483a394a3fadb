import { expect } from 'vitest';
import type { Read, World } from '../../src/gather.ts';
import { planHost, readsOf, type HostPlan } from '../../src/plan.ts';
import { describePlanned } from '../../src/report.ts';
import type { Endpoint } from '../../src/task.ts';
import { viewOf } from '../objects/view.ts';
import type { Tasks } from './case.ts';

export const LAB = 'lab';

export interface Options {
  readonly prune?: boolean | undefined;
  /** As `destroy` plans: also what only its marks tell to be the lab's. */
  readonly orphans?: boolean;
  readonly elsewhere?: readonly Endpoint[] | undefined;
}

export const DESTROY: readonly [Tasks, Options] = [{ states: [], problems: [] }, { orphans: true }];

/** What a run looks at before it knows the ledger. */
export const firstReads = (lab: string, { states }: Tasks, { orphans = false }: Options = {}): readonly Read[] =>
  orphans ? [{ fact: 'nft', scope: '' }] : readsOf(lab, 'h1', states);

export function planWith(
  world: World,
  lab: string,
  { states }: Tasks,
  { prune = true, orphans = false, elsewhere = [] }: Options = {},
): HostPlan {
  const everywhere = (): readonly Endpoint[] => elsewhere;
  return planHost({ lab, host: 'h1', playbook: 'lab.yml', tasks: states, world, prune, orphans, everywhere });
}

export const changesOf = ({ tasks }: HostPlan) => tasks.flatMap((task) => task.changes);

/** The lines of a plan: sign and text; of what left the playbook also its name. */
export const linesOf = ({ tasks }: HostPlan): string[] =>
  tasks.map((task) => {
    const { key, title, verdict, changes } = task;
    const text = verdict === 'skipped' || changes.length > 0 ? describePlanned(task) : '';
    return [verdict, ...(key.startsWith('prune ') ? [`${title}:`] : []), text].join(' ').trim();
  });

export function expectNothingLeft(plan: HostPlan, label: string): void {
  expect(plan.problems, label).toEqual([]);
  const left = linesOf(plan).filter((line) => line !== '=' && !line.startsWith('skipped'));
  expect(left, label).toEqual([]);
}

export function expectSame(found: World, expected: World, label: string): void {
  expect(viewOf(found, expected), label).toEqual(viewOf(expected, found));
  expect(Object.keys(found.ledgers), `${label}: ledgers`).toEqual(Object.keys(expected.ledgers));
}
