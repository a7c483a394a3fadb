import type { Problem } from '../../../src/error.ts';
import { readKey, type Read } from '../../../src/gather.ts';
import { ledgerReads, planHost, readsOf, type HostPlan } from '../../../src/plan.ts';
import { describePlanned } from '../../../src/report.ts';
import { labTasks } from '../../../src/run/project.ts';
import { viewOf } from '../../objects/view.ts';
import { expectAlike, expectNone } from './expect.ts';
import type { Machine } from './machines.ts';
import { LAB } from './state.ts';
import type { Tool } from './tool.ts';
import type { State } from './state.ts';

/** What is going to happen to a host, as the planner has it. */
interface Foreseen {
  readonly machine: Machine;
  readonly plan: HostPlan;
  readonly reads: readonly Read[];
}

/** A link keeps the link-local address of the MAC that it had before, and then nobody knows it for automatic. */
const lasting = (view: unknown): unknown =>
  JSON.parse(
    JSON.stringify(view, (key, value: unknown) =>
      key === 'addresses' ? (value as string[]).filter((one) => !/^fe80::.*ff:fe/.test(one)) : value,
    ),
  );

const messagesOf = (problems: readonly Problem[]): string[] => problems.map(({ message }) => message);

/** A plan for all hosts, made before anything is done, by the planner alone. */
export class Foresight {
  readonly #hosts: readonly Foreseen[];

  private constructor(hosts: readonly Foreseen[]) {
    this.#hosts = hosts;
  }

  static async of(tool: Tool, state: State, machines: readonly Machine[]): Promise<Foresight> {
    const project = tool.project(state);
    expectNone(messagesOf(project.problems), 'the playbook is wrong');
    const hosts: Foreseen[] = [];
    for (const machine of machines) {
      const { name: host } = machine;
      const tasks = labTasks(project, LAB, host);
      const reads = [...readsOf(LAB, host, tasks)];
      const world = await machine.kernel.gather(reads);
      const known = new Set(reads.map(readKey));
      const more = ledgerReads(world, LAB).filter((read) => !known.has(readKey(read)));
      reads.push(...more);
      const plan = planHost({
        ...{ lab: LAB, host, playbook: project.playbook, tasks, prune: true },
        world: more.length === 0 ? world : await machine.kernel.gather(reads),
        everywhere: () => hosts.flatMap((one) => one.plan.endpoints),
      });
      expectNone(messagesOf(plan.problems), `${host} refuses`);
      hosts.push({ machine, plan, reads });
    }
    return new Foresight(hosts);
  }

  /** The lines that a run is going to print. */
  get lines(): string[] {
    return this.#hosts.flatMap(({ machine, plan }) =>
      plan.tasks
        .filter(({ key, changes }) => changes.length > 0 || !key.startsWith('prune '))
        .map((task) => {
          const detail = task.changes.length === 0 ? '' : describePlanned(task);
          return `${machine.name} ${task.verdict} ${task.title}: ${detail}`;
        }),
    );
  }

  /** Whether every host is now what was foreseen. */
  async expectFulfilled(): Promise<void> {
    for (const { machine, plan, reads } of this.#hosts) {
      const world = await machine.kernel.gather(reads);
      const [found, foreseen] = [viewOf(world, plan.after), viewOf(plan.after, world)].map(lasting);
      expectAlike(found, foreseen, `${machine.name} is not as it was foreseen`);
    }
  }
}
