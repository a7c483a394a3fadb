import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Kernel } from '../../objects/kernel.ts';
import { snapshot } from '../../objects/snapshot.ts';
import { SETUP } from '../../tasks/real.ts';
import { Failpoints } from '../kill/failpoints.ts';
import { differences } from '../netwright.ts';
import { expectNone } from './expect.ts';
import { inventoryOf, underlay } from './playbook.ts';
import { HOSTS } from './state.ts';

const exec = promisify(execFile);

// In place of ssh: the same words, and at the other end the same shell; only no server between them. What follows -F
// is the folder of the machines, and the last words are the address and the program.
const SSH = `#!/bin/sh
directory=$2
while [ $# -gt 2 ]; do shift; done
read -r pid path <"$directory/$1"
exec nsenter --target "$pid" --net --mount --pid --uts -- env -i PATH="$path$PATH" LC_ALL=C HOME=/root sh -c "$2"
`;

/** No engine runs there, and what asks for one takes its time over that. */
const NO_ENGINES = 'for p in docker podman; do mount --bind /dev/null "$(command -v $p)" 2>/dev/null || true; done';

/** Something of somebody else's, which may be adopted. */
const OLD = `ip link add name old0 address 02:00:00:00:00:88 type bridge; ip link set old0 up
ip addr add 10.88.0.254/24 dev old0`;

/** Files of ours, and programs that nobody waits for. */
const LEFT = `
find /var/lib/netwright /etc/netns /run/netwright -type f ! -name lock ! -name holder ! -name remote 2>/dev/null || true
awk '/^PPid:/ && $2 == 1 { print FILENAME }' /proc/[0-9]*/status 2>/dev/null |
  while read -r file; do tr '\\0' ' ' <"\${file%status}cmdline"; echo; done | grep . || true`;

/** One host with kernel namespaces of its own, on which things can be made to happen. */
export class Machine {
  readonly name: string;
  readonly kernel: Kernel;
  readonly points = new Failpoints(true);
  /** All there is, without the lab. */
  bare = '';

  constructor(name: string, kernel: Kernel) {
    this.name = name;
    this.kernel = kernel;
  }

  async look(): Promise<string> {
    return `${await snapshot(this.kernel)}\n${await this.kernel.sh(LEFT)}`;
  }

  /** Nothing is left of the lab. What the kernel does by itself it may do a little later. */
  async expectBare(why: string, patience = 100): Promise<void> {
    for (let tries = 0; ; tries++) {
      const lines = differences(this.bare, await this.look());
      if (lines.length === 0) return;
      if (tries === patience) expectNone(lines, `${this.name} ${why}`);
      await setTimeout(50);
    }
  }
}

/** One to three hosts on one network, as the tool reaches them. */
export class Machines {
  readonly directory: string;
  readonly all: readonly Machine[];
  readonly #wire: Kernel;

  private constructor(directory: string, all: readonly Machine[], wire: Kernel) {
    this.directory = directory;
    this.all = all;
    this.#wire = wire;
  }

  static async start(count: number): Promise<Machines> {
    const directory = mkdtempSync(join(tmpdir(), 'netwright-model-'));
    const names = HOSTS.slice(0, count);
    const [wire, ...kernels] = await Promise.all([Kernel.start(), ...names.map(() => Kernel.start())]);
    const all = kernels.map((kernel, index) => new Machine(names[index]!, kernel));
    const machines = new Machines(directory, all, wire);
    writeFileSync(join(directory, 'inventory.yml'), inventoryOf(names));
    await wire.sh('ip link add name lan type bridge; ip link set lan up');
    for (const machine of all) {
      machines.say(machine, '');
      await machines.#plug(machine);
      machine.bare = await machine.look();
    }
    return machines;
  }

  /** Tells our ssh where a host is, and which shells it has first. */
  say({ name, kernel }: Machine, shells: string): void {
    writeFileSync(join(this.directory, underlay(name)), `${kernel.pid} ${shells}\n`);
  }

  async #plug({ name, kernel }: Machine): Promise<void> {
    const net = `--net=/proc/${this.#wire.pid}/ns/net`;
    const own = ['name', 'u0', 'address', `02:00:00:00:00:0${name.slice(1)}`, 'netns', kernel.pid];
    const pair = ['link', 'add', 'name', name, 'type', 'veth', 'peer', ...own];
    await exec('nsenter', [net, '--', 'ip', ...pair]);
    await this.#wire.sh(`ip link set ${name} master lan; ip link set ${name} up`);
    await kernel.sh(`${SETUP}
      ${NO_ENGINES}
      ip link set lo up; ip addr add ${underlay(name)}/24 dev u0; ip link set u0 up; ${OLD}
      nft 'add table ip warm { chain c { masquerade; }; }' 2>/dev/null || true; nft flush ruleset`);
  }

  stop(): void {
    for (const { kernel, points } of this.all) {
      kernel.stop();
      points.end();
    }
    this.#wire.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Machines that are bare again may be used again. */
export class Pool {
  readonly #free = new Map<number, Machines[]>();
  readonly #bin = mkdtempSync(join(tmpdir(), 'netwright-model-ssh-'));
  readonly #path = process.env.PATH;

  constructor() {
    writeFileSync(join(this.#bin, 'ssh'), SSH, { mode: 0o755 });
    process.env.PATH = `${this.#bin}:${this.#path}`;
  }

  /** Lends machines; those with which something went wrong do not come back. */
  async lend<T>(count: number, work: (machines: Machines) => Promise<T>): Promise<T> {
    const machines = this.#free.get(count)?.pop() ?? (await Machines.start(count));
    try {
      const result = await work(machines);
      this.#free.set(count, [...(this.#free.get(count) ?? []), machines]);
      return result;
    } catch (error) {
      machines.stop();
      throw error;
    }
  }

  end(): void {
    for (const machines of [...this.#free.values()].flat()) machines.stop();
    this.#free.clear();
    process.env.PATH = this.#path;
    rmSync(this.#bin, { recursive: true });
  }
}
