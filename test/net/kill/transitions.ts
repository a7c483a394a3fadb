import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { TIDY } from '../../../src/apply.ts';
import type { HostPlan } from '../../../src/plan.ts';
import { Kernel } from '../../objects/kernel.ts';
import { snapshot } from '../../objects/snapshot.ts';
import { readCase, type Case } from '../../tasks/case.ts';
import { changesOf, DESTROY, expectNothingLeft, LAB } from '../../tasks/plan.ts';
import { Failpoints, type Phase } from './failpoints.ts';
import { labelOf } from './labels.ts';
import { apply, canBeTried, lacksSomething, planOn, scriptOf, SETUP, shellLine } from '../../tasks/real.ts';

/** Of somebody else, with names that are nearly ours. */
const DECOYS = `
ip link add name nw00 address 02:00:00:00:00:01 type bridge
ip link add name nw address 02:00:00:00:00:02 type veth peer name nw-1 address 02:00:00:00:00:03
ip netns add lab-we
ip route add blackhole 198.18.0.0/24
nft add table ip netwright-labs; nft add table ip netwright-la
mkdir -p /var/lib/netwright /etc/netns/lab-we; echo theirs >/etc/netns/lab-we/hosts; echo theirs >/var/lib/netwright/LAB`;

/** A change of a host from one state to another, as the cases of the kinds have them. */
export interface Transition {
  readonly name: string;
  readonly given: Case;
}

/** Every case of a kind in which something may change, and that a kernel can be brought to. */
export function transitionsOf(kind: string): Transition[] {
  const folder = join(import.meta.dirname, '../../tasks', kind.replaceAll('_', '-'));
  return readdirSync(folder)
    .map((file) => ({ name: `${kind} ${file.slice(0, -'.yml'.length)}`, given: readCase(join(folder, file)) }))
    .filter(({ given }) => canBeTried(given) && !given.written.refuses);
}

/** A host that is as the case has it before the last run; its shell can be told where to stop. */
export class Stage {
  readonly kernel: Kernel;
  readonly #given: Case;
  readonly #points = new Failpoints();
  /** MACs that the kernel chose by chance, and how they are shown. */
  readonly #macs: (readonly [string, string])[] = [];
  #without: string | undefined;
  #lacks = false;

  private constructor(kernel: Kernel, given: Case) {
    this.kernel = kernel;
    this.#given = given;
  }

  /** If it `remembers`, it knows what it was like before our lab came to it. */
  static async set({ given }: Transition, remembers = false): Promise<Stage> {
    const kernel = await Kernel.start();
    const stage = new Stage(kernel, given);
    try {
      await stage.#set(remembers);
      return stage;
    } catch (error) {
      stage.end();
      throw error;
    }
  }

  async #set(remembers: boolean): Promise<void> {
    const { foreign = [], labs = {}, given: before, meanwhile = [] } = this.#given.written;
    const [kernel, given] = [this.kernel, this.#given];
    this.#lacks = await lacksSomething(kernel, given);
    if (this.#lacks) return;
    await kernel.sh([SETUP, DECOYS, ...foreign.map(shellLine)].join('\n'));
    for (const lab of Object.keys(labs)) await apply(kernel, lab, given.tasks(lab, ['labs', lab]), {});
    if (remembers && meanwhile.length === 0) this.#without = await everything(kernel);
    if (before) await apply(kernel, LAB, given.tasks(LAB, ['given']), {});
    if (meanwhile.length > 0) {
      await kernel.sh(meanwhile.map(shellLine).join('\n'));
      if (meanwhile.some((line) => /netns del|umount/.test(line))) await kernel.atRest();
      // The kernel takes its time over what is in a namespace that goes away.
      await setTimeout(300);
    }
    await this.#nameMacs();
  }

  /** Runs the playbook and answers what its steps were; undefined where there is nothing to do, or it is refused. */
  async run(): Promise<string[] | undefined> {
    const plan = await this.#plan();
    if (!plan) return undefined;
    const labels = changesOf(plan).flatMap((change) => change.commands.map(() => labelOf(change)));
    return this.#points.trace(this.kernel, scriptOf(plan, LAB), labels);
  }

  /** Runs the playbook, with that happening at that step. */
  async kill(at: number, phase: Phase): Promise<void> {
    const fired = await this.#points.kill(this.kernel, scriptOf((await this.#plan())!, LAB), at, phase);
    if (!fired) throw new Error(`there is no step ${at} any more`);
  }

  async #plan(): Promise<HostPlan | undefined> {
    const tasks = this.#given.tasks(LAB, ['tasks']);
    if (this.#lacks || tasks.problems.length > 0) return undefined;
    const plan = await planOn(this.kernel, LAB, tasks, this.#given.written);
    return plan.problems.length > 0 || changesOf(plan).length === 0 ? undefined : plan;
  }

  async #nameMacs(): Promise<void> {
    const links = await this.kernel.sh(
      'for n in "" $(ls /run/netns); do ip ${n:+-n $n} -br link 2>/dev/null || true; done',
    );
    for (const [, name, mac] of links.matchAll(/^(\S+) +\S+ +((?:[0-9a-f]{2}:){5}[0-9a-f]{2}) /gm)) {
      const short = mac!.split(':').map((byte) => Number.parseInt(byte, 16).toString(16));
      this.#macs.push([mac!, `MAC of ${name}`], [short.join(':'), `MAC of ${name}`]);
    }
  }

  /** The host before our lab came to it; unknown where somebody has changed it since, or we were told to. */
  get without(): string | undefined {
    const { leaves } = this.#given.written;
    return this.#without === undefined || leaves ? undefined : this.#comparable(this.#without);
  }

  /** As it is now, so that hosts compare that came to the same by different ways. */
  async look(): Promise<string> {
    return this.#comparable(await everything(this.kernel));
  }

  #comparable(text: string): string {
    const named = this.#macs.reduce((rest, [mac, name]) => rest.replaceAll(mac, name), text);
    // Numbers that the kernel handed out do not count; nor whether a new interface was announced, which is done once.
    const lines = named.replaceAll(/"(ifindex|link_index|link_netnsid)":\d+,?/g, '').split('\n');
    return lines
      .filter((line) => !/(arp|ndisc)_notify:/.test(line))
      .map((line) => line.replace(/[\],]+$/, ''))
      .toSorted()
      .join('\n');
  }

  /** Nothing is left to be done. */
  async settled(label: string): Promise<void> {
    const tasks = this.#given.tasks(LAB, ['tasks']);
    expectNothingLeft(await planOn(this.kernel, LAB, tasks, this.#given.written), label);
  }

  /** One more run makes it whole. */
  async again(label: string): Promise<void> {
    await this.#tidy();
    const tasks = this.#given.tasks(LAB, ['tasks']);
    await apply(this.kernel, LAB, tasks, this.#given.written);
    await this.settled(label);
  }

  /** As every run begins when it has the lock. */
  async #tidy(): Promise<void> {
    await this.kernel.exchange(TIDY);
  }

  async destroy(): Promise<void> {
    await this.#tidy();
    await apply(this.kernel, LAB, ...DESTROY);
  }

  end(): void {
    this.kernel.stop();
    this.#points.end();
  }
}

/** What ledgers say is not looked at, but which there are. */
const FILES = `find /etc/netns /var/lib/netwright -type f ! -name '*.json' -printf '%p %m\\n' -exec cat {} +
find /var/lib/netwright -name '*.json' -printf '%p %m\\n' | sort; find /run -path '/run/netwright/tmp.*'`;

const everything = async (kernel: Kernel): Promise<string> => `${await snapshot(kernel)}\n${await kernel.sh(FILES)}`;
