import { copyFileSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rendered } from '../../../src/apply.ts';
import type { Kernel } from '../../objects/kernel.ts';
import { readTrace } from './trace.ts';

export type Phase = 'before' | 'after';

/** A shell for a host that can be told at which of a script's steps all of it is killed; see failpoints.sh. */
export class Failpoints {
  readonly #directory = mkdtempSync(join(tmpdir(), 'netwright-points-'));

  constructor() {
    const script = join(this.#directory, 'failpoints.sh');
    copyFileSync(join(import.meta.dirname, 'failpoints.sh'), script);
    this.#write('sh', `#!/bin/dash\nBASH_ENV=${script} exec /bin/bash "$@"\n`, 0o755);
  }

  /** Runs it until it is killed there, or to its end if there are fewer steps. */
  async kill(kernel: Kernel, { text }: Rendered, at: number, phase: Phase): Promise<void> {
    await this.#run(kernel, text, `${at} ${phase}`);
  }

  /** Runs it to its end, and answers what its steps were. */
  async trace(kernel: Kernel, { text, steps }: Rendered): Promise<string[]> {
    this.#write('tracing', '');
    await this.#run(kernel, text, '0 trace');
    return readTrace(join(this.#directory, 'trace'), steps);
  }

  async #run(kernel: Kernel, text: string, at: string): Promise<void> {
    for (const name of ['seen', 'now']) rmSync(join(this.#directory, name), { force: true });
    this.#write('at', `${at}\n`);
    kernel.shells = `${this.#directory}:`;
    await kernel.exchange(text);
    kernel.shells = '';
    unlinkSync(join(this.#directory, 'at'));
  }

  #write(name: string, content: string, mode = 0o644): void {
    writeFileSync(join(this.#directory, name), content, { mode });
  }

  end(): void {
    rmSync(this.#directory, { recursive: true });
  }
}
