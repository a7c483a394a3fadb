import type { Target } from '../connect.ts';
import { EXIT, type Exit } from '../error.ts';
import type { Emit } from '../report.ts';
import type { FleetOptions } from './fleet-options.ts';
import { HostRun } from './host.ts';
import { withTargets } from './targets.ts';

/** A command for every host, and how many seconds it may take on each. */
export interface AdHoc {
  readonly argv: readonly string[];
  readonly seconds: number;
}

/** Runs one command on every host, side by side, and shows what it printed there. Exit 3 where it failed. */
export function adHoc(
  targets: ReadonlyMap<string, Target>,
  { argv, seconds }: AdHoc,
  emit: Emit,
  options: FleetOptions,
): Promise<Exit> {
  emit({ type: 'play', lab: '', name: argv.join(' '), hosts: [...targets.keys()], titles: [] });
  return withTargets(targets, emit, options, async (host, session) => {
    const command = { do: 'run', scope: '', argv } as const;
    const item = { title: argv.join(' '), secret: false };
    const [outcome] = await new HostRun(host, session, options.stepSeconds).act([command], seconds, item);
    const { rc, stdout, stderr } = outcome!;
    emit({ type: 'output', host, rc, stdout, stderr });
    return rc === 0 ? EXIT.done : EXIT.failed;
  });
}
