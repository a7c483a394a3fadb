import { readResults, renderApply, type Numbered, type Writes } from '../../src/apply.ts';
import type { Command } from '../../src/command.ts';
import type { Section } from '../../src/gather.ts';
import type { Outcome } from '../../src/task.ts';
import type { Kernel } from '../objects/kernel.ts';

export interface Performed {
  /** Of each command, and then of each of the last ones: `done`, `not run`, or what the failing program said. */
  readonly results: readonly string[];
  readonly outcomes: readonly (Outcome | undefined)[];
  readonly ledger: string | undefined;
  readonly rest: readonly Section[];
}

export interface Around {
  readonly writes?: Writes;
  readonly then?: string;
  readonly last?: readonly Command[];
}

/** Renders commands, runs the script on a host, and reads what it printed. */
export async function perform(kernel: Kernel, commands: readonly Command[], around: Around = {}): Promise<Performed> {
  const { writes = {}, then = '', last = [] } = around;
  const all = [...commands, ...last].map((command, id): Numbered => ({ id, command }));
  const rendered = renderApply(all.slice(0, commands.length), writes, then, all.slice(commands.length));
  const { byCommand, outcomes, ledger, rest } = readResults(rendered.steps, await kernel.exchange(rendered.text));
  const results = all.map(({ id }) => {
    const result = byCommand.get(id) ?? 'unknown';
    return typeof result === 'string' ? result : `failed: ${result.failed.stderr}${result.failed.stdout}`;
  });
  return { results, outcomes: all.map(({ id }) => outcomes.get(id)), ledger, rest };
}

/** `done`, `failed` and `not run` only. */
export const words = ({ results }: Performed): string[] => results.map((result) => result.split(':')[0]!);

export const ip = (scope: string, ...argv: string[]): Command => ({ do: 'ip', scope, argv });

export const run = (...argv: string[]): Command => ({ do: 'run', scope: '', argv });

export const sysctl = (scope: string, key: string, value: string): Command => ({ do: 'sysctl', scope, key, value });
