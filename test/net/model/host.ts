import { isDeepStrictEqual } from 'node:util';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { readResults, renderApply } from '../../../src/apply.ts';
import { gatherScript, parseFacts, type World } from '../../../src/gather.ts';
import type { HostPlan } from '../../../src/plan.ts';
import { Kernel } from '../../objects/kernel.ts';
import { snapshot } from '../../objects/snapshot.ts';
import { viewOf } from '../../objects/view.ts';
import { changesOf, DESTROY, expectNothingLeft, LAB, planWith } from '../../tasks/plan.ts';
import { lookFor, scriptOf, SETUP } from '../../tasks/real.ts';
import type { Options } from '../../tasks/plan.ts';
import type { Tasks } from '../../tasks/case.ts';
import { Failpoints } from '../kill/failpoints.ts';
import { differences } from '../netwright.ts';
import { expectState, readKernel, type Seen } from './reader.ts';
import { DRIFTS, tasksOf, type Action, type State } from './state.ts';

/** A host to which things happen one after another, and what must be true of it after each. */
export class ModelHost {
  readonly #kernel: Kernel;
  readonly #points = new Failpoints();
  /** The host without the lab. */
  #bare = '';
  /** What was applied last, if it was applied to the end and nobody has changed anything since. */
  #settled: { readonly state: State; readonly seen: Seen } | undefined;
  #theirs = false;

  private constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  static async start(): Promise<ModelHost> {
    const host = new ModelHost(await Kernel.start());
    await host.#kernel.sh(SETUP);
    host.#bare = await host.#everything();
    return host;
  }

  end(): void {
    this.#kernel.stop();
    this.#points.end();
  }

  async take(action: Action): Promise<void> {
    if (action.do === 'apply') await this.#apply(action.state);
    else if (action.do === 'destroy') await this.destroy();
    else if (action.do === 'crash') {
      this.#settled = undefined;
      const tasks = tasksOf(action.state);
      const plan = planWith((await lookFor(this.#kernel, LAB, tasks, {})).world, LAB, tasks);
      expect(plan.problems).toEqual([]);
      await this.#points.kill(this.#kernel, scriptOf(plan, LAB), action.at, action.phase);
    } else if (!this.#theirs || !action.what.includes('somebody else')) {
      this.#settled = undefined;
      await this.#kernel.sh(`{ ${DRIFTS[action.what]}\n} >/dev/null 2>&1 || true`);
      if (action.what.includes('somebody else')) this.#theirs = true;
      // The kernel takes its time over what is in a namespace that goes away.
      if (action.what.includes('namespace')) await setTimeout(200);
    }
  }

  /** What the host has in the end, to be compared with another's that came to it by another way. */
  async picture(): Promise<Seen> {
    return readKernel(this.#kernel);
  }

  async #apply(state: State): Promise<void> {
    const tasks = tasksOf(state);
    const { plan, world } = await this.#make(tasks, {});
    const [found, predicted] = [lasting(viewOf(world, plan.after)), lasting(viewOf(plan.after, world))];
    if (!isDeepStrictEqual(found, predicted)) expect(found, 'the plan is what happened').toEqual(predicted);
    expectNothingLeft(planWith(world, LAB, tasks), 'applied again');
    const seen = await readKernel(this.#kernel);
    expectState(seen, state);
    if (this.#settled) expectUntouched(this.#settled, { state, seen }, plan);
    this.#settled = { state, seen };
  }

  /** Plans, does it, and looks again, as a run does. */
  async #make(tasks: Tasks, options: Options): Promise<{ plan: HostPlan; world: World }> {
    const { reads, world: before } = await lookFor(this.#kernel, LAB, tasks, options);
    const plan = planWith(before, LAB, tasks, options);
    expect(plan.problems).toEqual([]);
    const numbered = changesOf(plan)
      .flatMap((change) => change.commands)
      .map((command, id) => ({ id, command }));
    const final = Object.keys(plan.final.entries).length === 0 ? { removed: LAB } : plan.final;
    const { text, steps } = renderApply(numbered, { intent: plan.intent, final }, gatherScript(reads), []);
    const results = readResults(steps, await this.#kernel.exchange(text));
    const failed = numbered.filter(({ id }) => results.byCommand.get(id) !== 'done');
    expect(failed.map(({ id, command }) => [command, results.byCommand.get(id)])).toEqual([]);
    return { plan, world: { ...parseFacts('h1', results.rest), missing: [] } };
  }

  /** Leaves the host byte for byte as it was, but for what somebody else has made since. */
  async destroy(): Promise<void> {
    await this.#make(...DESTROY);
    this.#settled = undefined;
    if (this.#theirs) await this.#kernel.sh('ip link del theirs');
    this.#theirs = false;
    for (let tries = 0; ; tries++) {
      const lines = differences(this.#bare, await this.#everything());
      if (lines.length === 0) return;
      if (tries === 40) expect(lines, 'destroyed').toEqual([]);
      await setTimeout(50);
    }
  }

  async #everything(): Promise<string> {
    return `${await snapshot(this.#kernel)}\n${await this.#kernel.sh('find /var/lib/netwright /etc/netns -type f 2>/dev/null || true')}`;
  }
}

/** A link keeps the link-local address of the MAC that it had before, and then nobody knows it for automatic. */
const lasting = (view: unknown): unknown =>
  JSON.parse(
    JSON.stringify(view, (key, value: unknown) =>
      key === 'addresses' ? (value as string[]).filter((one) => !/^fe80::.*ff:fe/.test(one)) : value,
    ),
  );

interface Settled {
  readonly state: State;
  readonly seen: Seen;
}

/** Links that both states have stay the same links, and who stays as he was keeps his addresses. */
function expectUntouched(before: Settled, after: Settled, plan: HostPlan): void {
  const remade = changesOf(plan).flatMap(({ commands }) =>
    commands.flatMap((one) => (one.do === 'ip' ? one.argv : [])),
  );
  for (const [name, { ifindex }] of before.seen.host.links) {
    const now = after.seen.host.links.get(name);
    if (now && !remade.includes(name)) expect(now.ifindex, `${name} is another link`).toBe(ifindex);
  }
  for (const [name, one] of Object.entries(before.state.bridges)) {
    const [was, now] = [before, after].map(({ seen }) => seen.host.links.get(name)?.ifindex);
    if (after.state.bridges[name]) expect(now, `${name} was made anew`).toBe(was);
    // Where the bridge is as it was, so are those on it that are as they were: additions renumber nobody.
    if (!isDeepStrictEqual(after.state.bridges[name], one)) continue;
    for (const [container, { on, fixed }] of Object.entries(before.state.containers)) {
      const same = after.state.containers[container];
      if (on[0] !== name || fixed !== undefined || !isDeepStrictEqual(same?.on, on) || same?.fixed !== undefined)
        continue;
      const taken = Object.values(after.state.containers).some(
        (other) => other.on[0] === name && other.fixed !== undefined,
      );
      if (taken) continue;
      const [old, fresh] = [before, after].map(({ seen }) =>
        seen.namespaces.get(`${LAB}-${container}`)!.links.get('eth0'),
      );
      expect(
        fresh?.addr_info.map(({ local }) => local),
        `${container} was renumbered`,
      ).toEqual(old?.addr_info.map(({ local }) => local));
      expect(fresh?.ifindex).toBe(old?.ifindex);
    }
  }
}
