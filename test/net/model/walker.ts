import { expect } from 'vitest';
import { expectAlike, expectNone } from './expect.ts';
import { Foresight } from './foresight.ts';
import { expectState } from './judge.ts';
import type { Machine, Machines } from './machines.ts';
import { readKernel, shapeOf, type Seen } from './reader.ts';
import { DRIFTS, THEIRS, type Action, type State } from './state.ts';
import { tally } from './tally.ts';
import { complaints, linesOf, Tool, type Said } from './tool.ts';
import { expectUntouched, pingsOf, type Settled } from './untouched.ts';
import { eventsDuring } from './watch.ts';

/** Waits until nobody has the host's lock. */
const IDLE = '[ ! -e /run/netwright/lock ] || flock -w 60 /run/netwright/lock true';

/** Machines to which things happen one after another, and what must be true of them after each. */
export class Walker {
  readonly #machines: Machines;
  readonly #tool: Tool;
  /** Undefined where anybody has changed anything since. */
  #settled: Settled | undefined;
  /** Where somebody else has made something. */
  readonly #theirs = new Set<Machine>();

  constructor(machines: Machines) {
    this.#machines = machines;
    this.#tool = new Tool(machines);
  }

  /** `twice`: what is applied is applied once more, under the eyes of the kernel's listeners. */
  async take(action: Action, twice: boolean): Promise<void> {
    if (action.do === 'apply') await this.apply(action.state, twice);
    else if (action.do === 'destroy') await this.destroy();
    else if (action.do === 'plan') await this.#plan(action.state);
    else if (action.do === 'crash') await this.#crash(action);
    else await this.#drift(this.#machines.all[action.host]!, action.what);
    tally.count(action.do);
  }

  async #drift(machine: Machine, what: keyof typeof DRIFTS): Promise<void> {
    if (what === THEIRS && this.#theirs.has(machine)) return;
    this.#settled = undefined;
    await machine.kernel.sh(`{ ${DRIFTS[what]}\n} >/dev/null 2>&1 || true`);
    // The kernel takes its time over what is in a namespace that goes away.
    if (what.includes('namespace')) await machine.kernel.atRest();
    if (what === THEIRS) this.#theirs.add(machine);
  }

  /** Only looks. */
  async #plan(state: State): Promise<void> {
    const before = await Promise.all(this.#machines.all.map((machine) => machine.look()));
    const said = await this.#tool.plan(state);
    expect([0, 2], complaints(said).join('\n')).toContain(said.exit);
    expectAlike(
      await Promise.all(this.#machines.all.map((machine) => machine.look())),
      before,
      'a plan changed something',
    );
  }

  async #crash({ state, host, at, phase }: Extract<Action, { do: 'crash' }>): Promise<void> {
    this.#settled = undefined;
    const machine = this.#machines.all[host]!;
    this.#machines.say(machine, machine.points.arm(at, phase));
    try {
      const said = await this.#tool.run(state);
      if (machine.points.disarm()) tally.count('hit');
      else expectNone(complaints(said), 'a run to which nothing happened');
    } finally {
      machine.points.disarm();
      this.#machines.say(machine, '');
    }
  }

  async apply(state: State, twice: boolean): Promise<void> {
    const machines = this.#machines.all;
    const before = this.#settled;
    this.#settled = undefined;
    // A plan waits for nobody, and what a run that was killed has left at work may change what it sees.
    await Promise.all(machines.map((one) => one.kernel.sh(IDLE)));
    const foresight = await Foresight.of(this.#tool, state, machines);
    const pings = before ? (await Promise.all(machines.map((one) => pingsOf(before, state, one)))).flat() : [];
    try {
      const said = await this.#tool.run(state);
      expectNone(complaints(said), 'applied');
      expectAlike(linesOf(said).sort(), foresight.lines.sort(), 'what was done is not what was planned');
      for (const one of pings) expectNone(await one.lost(), `pings of ${one.target} were lost`);
    } finally {
      for (const one of pings) one.stop();
    }
    await foresight.expectFulfilled();
    const seen = new Map<string, Seen>();
    for (const { name, kernel } of machines) {
      const found = await readKernel(kernel);
      expectState(name, found, state);
      seen.set(name, found);
    }
    if (before) for (const { name } of machines) expectUntouched(name, before, { state, seen });
    if (twice) await this.#again(state);
    this.#settled = { state, seen };
    tally.count('pings', pings.length);
  }

  /**
   * The same once more: nothing is changed, nothing written, and the kernel has nothing to tell. What it still tells of
   * what was done before comes to an end; what the run does comes with every run.
   */
  async #again(state: State): Promise<void> {
    const { all, directory } = this.#machines;
    const ledgers = (): Promise<string[]> =>
      Promise.all(all.map(({ kernel }) => kernel.sh('stat -c "%n %i %.9Y %.9Z" /var/lib/netwright/* 2>&1 || true')));
    for (let tries = 1; ; tries++) {
      const events: string[] = [];
      let said: Said | undefined;
      const before = await ledgers();
      const run = async (): Promise<void> => void (said = await this.#tool.run(state));
      const listening = all.reduce<() => Promise<void>>(
        (inner, machine) => async () => void events.push(...(await eventsDuring(machine, directory, inner))),
        run,
      );
      await listening();
      expectNone(complaints(said!), 'applied again');
      expectNone(
        linesOf(said!).filter((line) => !/^h\d = /.test(line)),
        'applied again',
      );
      expectAlike(await ledgers(), before, 'applied again, the ledger was written');
      if (events.length === 0) break;
      if (tries === 5) expectNone(events, 'what the kernel tells of a run that had nothing to do');
    }
    tally.count('quiet');
  }

  /** Leaves the hosts byte for byte as they were, but for what somebody else has made since. */
  async destroy(): Promise<void> {
    this.#settled = undefined;
    const nothing = { bridges: {}, containers: {} };
    const state = { hosts: Object.fromEntries(this.#machines.all.map(({ name }) => [name, nothing])) };
    expectNone(complaints(await this.#tool.destroy(state)), 'destroyed');
    for (const machine of this.#theirs) await machine.kernel.sh('ip link del theirs');
    this.#theirs.clear();
    await Promise.all(this.#machines.all.map((machine) => machine.expectBare('destroyed')));
  }

  /** Comes to a state without looking left or right. */
  async settle(state: State): Promise<void> {
    expectNone(complaints(await this.#tool.run(state)), 'applied');
  }

  /** What the hosts have in the end, to be compared with others that came to it by another way. */
  picture(): Promise<unknown[]> {
    return Promise.all(this.#machines.all.map(async ({ kernel }) => shapeOf(await readKernel(kernel))));
  }

  get hasTheirs(): boolean {
    return this.#theirs.size > 0;
  }
}
