import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Machine } from './machines.ts';

// What a host's kernel tells of itself while something is done to it.

const until = async (isSo: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  for (let tries = 0; !(await isSo()); tries++) {
    if (tries === 1500) throw new Error(`waited in vain for ${what}`);
    await setTimeout(20);
  }
};

const enter = ({ kernel }: Machine, script: string): ChildProcess =>
  spawn('nsenter', ['--target', kernel.pid, '--net', '--mount', '--pid', '--uts', '--', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });

/** In every namespace: by an address on lo, and a table of nft's, of which nobody else makes any. */
const tell = (mark: string): string => `
for n in /proc/self/ns/net $(ls -d /run/netns/* 2>/dev/null); do
  nsenter --net=$n sh -c 'printf "addr %s ${mark}/32 dev lo\\n" add del | ip -batch -
    nft "add table ip m${mark.replaceAll('.', '_')}; delete table ip m${mark.replaceAll('.', '_')}"'
done`;
const [BEGIN, END] = ['127.9.9.1', '127.9.9.2'];
const MARK = /127\.9\.9\.[12]|m127_9_9_[12]/;

/**
 * All that the kernel tells about links, addresses, routes, rules and nft's rules, of the host and every namespace, while
 * `work` is done.
 */
export async function eventsDuring(
  machine: Machine,
  directory: string,
  work: () => Promise<unknown>,
): Promise<string[]> {
  const folder = join(directory, `events-${machine.name}`);
  mkdirSync(folder);
  const listeners = `cd ${folder}; i=0 all=
    for n in /proc/self/ns/net $(ls -d /run/netns/* 2>/dev/null); do
      i=$((i + 1)); : >$i.ip; : >$i.nft; nsenter --net=$n ip -o monitor link address route rule >$i.ip 2>&1 & all="$all $!"
      nsenter --net=$n nft monitor >$i.nft 2>&1 & all="$all $!"
    done; echo; read -r _; kill $all; wait`;
  const child = enter(machine, listeners);
  try {
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    const files = readdirSync(folder).map((name) => join(folder, name));
    const heard = (mark: string) => async (): Promise<boolean> => {
      await machine.kernel.sh(tell(mark));
      return files.every((file) =>
        readFileSync(file, 'latin1').includes(mark.replaceAll('.', file.endsWith('.ip') ? '.' : '_')),
      );
    };
    await until(heard(BEGIN), 'listeners');
    await work();
    await until(heard(END), 'the last of what they hear');
    return files.flatMap((file) => eventsIn(readFileSync(file, 'utf8')));
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin!.end('\n');
    await ended;
    rmSync(folder, { recursive: true });
  }
}

/** Behind the last mark of the beginning, before the first of the end; a mark of nft's is a line of its generation, too. */
function eventsIn(text: string): string[] {
  const lines = text.split('\n');
  const begin = lines.findLastIndex((line) => /127.9.9.1/.test(line));
  const end = lines.findIndex((line) => /127.9.9.2/.test(line));
  return lines
    .slice(begin + 1, end)
    .filter((line) => line.trim() !== '' && !MARK.test(line) && !line.startsWith('# new generation'));
}

/** Pings a host's container, fifty times a second, until it is asked what was lost. */
export class Pings {
  readonly target: string;
  readonly #child: ChildProcess;
  #said = '';

  constructor(machine: Machine, target: string) {
    this.target = target;
    this.#child = enter(machine, `exec ping -n -i 0.02 ${target}`);
    this.#child.stdout!.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
  }

  get #answers(): number[] {
    return [...this.#said.matchAll(/bytes from .* icmp_seq=(\d+) /g)].map(([, number]) => Number(number));
  }

  async started(): Promise<void> {
    await until(() => this.#answers.length > 0, `an answer of ${this.target}`);
  }

  /** Which were not answered, though later ones were. */
  async lost(): Promise<string[]> {
    const last = this.#answers.length;
    try {
      await until(() => this.#answers.length > last + 1, `${this.target} to answer again: ${this.#said}`);
    } finally {
      this.stop();
    }
    const answers = new Set(this.#answers);
    return Array.from({ length: Math.max(...answers) }, (_, index) => index + 1)
      .filter((one) => !answers.has(one))
      .map((one) => `number ${one} of ${Math.max(...answers)}`);
  }

  stop(): void {
    this.#child.kill();
  }
}
