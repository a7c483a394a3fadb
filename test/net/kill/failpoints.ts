import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rendered } from '../../../src/apply.ts';
import type { Kernel } from '../../objects/kernel.ts';
import { readTrace } from './trace.ts';

/** What happens at a step; see failpoints.sh. */
export const PHASES = ['before', 'torn', 'after', 'unacknowledged', 'alone'] as const;
export type Phase = (typeof PHASES)[number];

// The reader of our output is a process of its own, which can be killed; a shell that a script starts has its caller's.
const shell = (directory: string): string => `#!/bin/dash
export BASH_ENV=${directory}/failpoints.sh
if [ -n "\${POINTS_INSIDE-}" ]; then exec /bin/bash "$@"; fi
export POINTS_INSIDE=yes
/bin/bash "$@" | dash -c 'echo $$ >"$0"; exec cat' ${directory}/relay
`;

// Here it is what was started, so that whoever waits for that is told when it is gone, and what runs on does so alone.
const aloneShell = (directory: string): string => `#!/bin/dash
export BASH_ENV=${directory}/failpoints.sh
if [ -n "\${POINTS_INSIDE-}" ]; then exec /bin/bash "$@"; fi
export POINTS_INSIDE=yes
pipe=${directory}/pipe$$
mkfifo "$pipe"
exec 4<&0
/bin/bash "$@" <&4 4<&- >"$pipe" &
exec 4<&- <"$pipe"
rm "$pipe"
echo $$ >${directory}/relay
exec cat
`;

/** A shell for a host that can be told what to do at which of a script's steps; see failpoints.sh. */
export class Failpoints {
  readonly #directory = mkdtempSync(join(tmpdir(), 'netwright-points-'));

  /** `isLeft`: who reads its output is not there until the end of a script that goes on alone. */
  constructor(isLeft = false) {
    copyFileSync(join(import.meta.dirname, 'failpoints.sh'), join(this.#directory, 'failpoints.sh'));
    this.#write('sh', (isLeft ? aloneShell : shell)(this.#directory), 0o755);
  }

  /** Runs it, with that happening at that step; false if there are fewer steps, so that it came to its end. */
  async kill(kernel: Kernel, { text }: Rendered, at: number, phase: Phase): Promise<boolean> {
    await this.#run(kernel, text, `${at} ${phase}`);
    if (['lost', 'fail'].some((name) => existsSync(join(this.#directory, name)))) {
      const step = readFileSync(join(this.#directory, 'fired'), 'utf8').trim();
      throw new Error(`a step was to fail, and did not: ${step}`);
    }
    return this.disarm();
  }

  /** Runs it to its end, and answers what its steps were, by what each changes; `labels` are those of its commands. */
  async trace(kernel: Kernel, { text, steps }: Rendered, labels: readonly string[]): Promise<string[]> {
    this.#write('trace', '');
    await this.#run(kernel, text, '0 trace');
    return readTrace(join(this.#directory, 'trace'), steps, labels);
  }

  async #run(kernel: Kernel, text: string, at: string): Promise<void> {
    kernel.shells = this.#arm(at);
    try {
      // A shell may have the time to say that another was killed.
      await kernel.exchange(text, !at.endsWith('trace'));
    } finally {
      kernel.shells = '';
      this.disarm();
    }
  }

  /** From now on that happens at that step of whatever the shells run that are found in the folders of the answer. */
  arm(at: number, phase: Phase): string {
    return this.#arm(`${at} ${phase}`);
  }

  #arm(at: string): string {
    for (const name of ['seen', 'now', 'fail', 'fired', 'lost', 'relay', 'torn']) {
      rmSync(join(this.#directory, name), { force: true });
    }
    this.#write('at', `${at}\n`);
    return `${this.#directory}:`;
  }

  /** From now on nothing happens; what was to happen did, if it is true. */
  disarm(): boolean {
    rmSync(join(this.#directory, 'at'), { force: true });
    return existsSync(join(this.#directory, 'fired'));
  }

  #write(name: string, content: string, mode = 0o644): void {
    writeFileSync(join(this.#directory, name), content, { mode });
  }

  end(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
