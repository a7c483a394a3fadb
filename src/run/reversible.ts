import type { Problem } from '../error.ts';
import type { HostPlan } from '../plan.ts';

/** Changes of a plan that has to be confirmed, and that nothing can take back. */
export const irreversible = (host: string, { tasks }: Pick<HostPlan, 'tasks'>): Problem[] =>
  tasks
    .flatMap((task) => task.changes.map((change) => ({ task, change })))
    .filter(({ change }) => change.undo === undefined)
    .map(({ task, change }) => ({
      code: 'IRREVERSIBLE',
      message: `${host}: ${task.title}: "${`${change.what} ${change.why}`.trim()}" cannot be taken back, and this run must be confirmed`,
      hint: 'do it in a play of its own that does not touch the way to the host, or say --allow-irreversible',
    }));

const ENGINES = new Set(['docker', 'podman']);

/** What an engine does it does in its own time, and takes nothing back as it was. */
export const ofEngines = (host: string, { tasks }: Pick<HostPlan, 'tasks'>): Problem[] =>
  tasks
    .filter(({ changes }) =>
      changes.some(({ commands }) => commands.some((one) => one.do === 'run' && ENGINES.has(one.argv[0] ?? ''))),
    )
    .map(({ title }) => ({
      code: 'IRREVERSIBLE',
      message: `${host}: ${title}: an engine's containers and networks cannot be part of what must be confirmed`,
      hint: 'put them into a play of their own, without confirm',
    }));
