import type { Command, Scope } from '../command.ts';
import { HOST } from '../command.ts';
import type { Engine, EngineContainer, Runtime } from '../facts/engine.ts';
import type { World } from '../facts/world.ts';
import { refuse, type Verdict } from '../object.ts';

/** The label that tells whose a container or network is, and the one that tells what it was made of. */
export const LAB_LABEL = 'netwright.lab';
export const DIGEST_LABEL = 'netwright.digest';

const PACKAGES: Readonly<Record<Runtime, string>> = { docker: 'docker.io', podman: 'podman' };

/** Why an engine cannot be used. */
export function engineTrouble({ engines }: World, runtime: Runtime): Verdict | undefined {
  const { trouble } = engines[runtime] ?? { trouble: 'missing' };
  if (trouble === undefined) return undefined;
  if (trouble === 'missing') {
    return refuse(
      'MISSING_ENGINE',
      `there is no ${runtime} on this host`,
      `install ${PACKAGES[runtime]}, or use the runtime netns, which needs nothing but the kernel`,
    );
  }
  return refuse('ENGINE_SILENT', `${runtime} does not answer: ${trouble}`, 'start it, or look into its log');
}

/** A command of the engine's own client, on the host; `about` is the namespace that it makes, changes or ends. */
export const engineRun = (runtime: Runtime, argv: readonly string[], about?: Scope, stdin?: string): Command => ({
  do: 'run',
  scope: HOST,
  argv: [runtime, ...argv],
  ...(about === undefined ? {} : { about }),
  ...(stdin === undefined ? {} : { stdin }),
});

/** The planner's own copy of an engine, to be changed. */
export const engineOf = (world: World, runtime: Runtime): Engine => world.engines[runtime]!;

export const isOfLab = ({ labels }: { readonly labels: Readonly<Record<string, string>> }, lab: string): boolean =>
  labels[LAB_LABEL] === lab;

/** Whose a thing of an engine is that is not this lab's. */
export function foreign(what: string, { labels }: Pick<EngineContainer, 'labels'>): Verdict {
  const lab = labels[LAB_LABEL];
  const whose = lab === undefined ? 'is not ours' : `belongs to the lab "${lab.slice(0, 32)}"`;
  return refuse('FOREIGN_OBJECT', `${what} exists and ${whose}`, 'choose another name, or remove it by hand');
}
