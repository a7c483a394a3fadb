import { expect, test } from 'vitest';
import { renderApply } from '../../src/apply.ts';
import type { HostPlan } from '../../src/plan.ts';
import { parseCase } from './case.ts';
import { changesOf, LAB } from './plan.ts';
import { planOn, situation } from './situation.ts';

const container = (name: string, more = ''): string =>
  `  - container: { name: ${name}, networks: [{ bridge: nw0 }]${more} }\n`;

function planFor(count: number, last: string): HostPlan {
  const names = Array.from({ length: count - 1 }, (_, index) => container(`c${index + 1}`));
  const text = `tasks:\n  - bridge: { name: nw0, address: 172.28.0.1/16 }\n${names.join('')}${last}`;
  const given = parseCase(text, `${count} containers`);
  const plan = planOn(situation(given).host, LAB, given.tasks(LAB, ['tasks']));
  expect(plan.problems).toEqual([]);
  return plan;
}

const commandsOf = (plan: HostPlan) => changesOf(plan).flatMap(({ commands }) => commands);

/** The characters of all that is sent for a plan, its ledgers among them. */
const weight = (plan: HostPlan): number =>
  renderApply(
    commandsOf(plan).map((command, id) => ({ id, command })),
    { intent: plan.intent, final: plan.final },
    '',
    [],
  ).text.length;

const hostsOf = (plan: HostPlan, name: string): string | undefined =>
  commandsOf(plan).flatMap((command) =>
    command.do === 'write' && command.path.endsWith(`-${name}/hosts`) ? command.content : [],
  )[0];

test('all of up to 250 containers know one another by name', () => {
  const plan = planFor(250, container('last'));
  expect(plan.tasks.flatMap(({ notes }) => notes)).toEqual([]);
  expect(hostsOf(plan, 'last')).toContain('172.28.0.2 c1\n');
  expect(hostsOf(plan, 'c1')).toMatch(/ c249\n172\.28\.\S+ last\n$/);
});

test('of more containers each knows itself and what it links to, and the plan says so once', () => {
  const plan = planFor(251, container('last', ', links: ["c1:first"], hostname: me'));
  expect(plan.tasks.flatMap(({ notes }) => notes)).toEqual([
    'its lab has 251 containers here; beyond 250 they know by name only what they link to',
  ]);
  expect(hostsOf(plan, 'last')?.split('\n').slice(2)).toEqual(['172.28.0.252 me last', '172.28.0.2 first c1', '']);
  expect(hostsOf(plan, 'c1')).toBeUndefined();
});

test('twice as many containers are twice as much to say', () => {
  expect(weight(planFor(600, container('last'))) / weight(planFor(300, container('last')))).toBeLessThan(2.1);
});
