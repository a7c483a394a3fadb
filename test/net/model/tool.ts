import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadProject, type Loaded } from '../../../src/cli/load.ts';
import { EXIT, NetwrightError, type Exit, type Problem } from '../../../src/error.ts';
import type { Event } from '../../../src/report.ts';
import * as runner from '../../../src/run.ts';
import { kinds } from '../../../tasks/index.ts';
import type { Machines } from './machines.ts';
import { playbookOf } from './playbook.ts';
import type { State } from './state.ts';

/** What a command said, and what it ended with. */
export interface Said {
  readonly exit: Exit;
  readonly events: readonly Event[];
  readonly problems: readonly Problem[];
}

type Told = Extract<Event, { type: 'task' }>;

/** The lines about tasks: `h1 + bridge nw0 missing`. */
export const linesOf = ({ events }: Pick<Said, 'events'>): string[] =>
  events.filter((event): event is Told => event.type === 'task').map(lineOf);

const lineOf = ({ host, title, sign, detail }: Told): string => `${host} ${sign} ${title}: ${detail}`;

/** What did not go as it should, if anything. */
export function complaints({ exit, events, problems }: Said): string[] {
  return [
    ...(exit === EXIT.done ? [] : [`exit ${exit}`]),
    ...problems.map(({ code, message }) => `${code} ${message}`),
    ...events.flatMap((event) => {
      if (event.type === 'host') return [`${event.host} ${event.state}: ${event.problem.message}`];
      if (event.type === 'message' && event.text.includes('repaired')) return [event.text];
      return event.type === 'task' && event.status === 'failed' ? [lineOf(event)] : [];
    }),
  ];
}

/** The tool itself, in this process: all of it but the command line and ssh. */
export class Tool {
  readonly #machines: Machines;
  #runs = 0;

  constructor(machines: Machines) {
    this.#machines = machines;
  }

  /** Each run is a process of its own elsewhere, which what an earlier one has left at work is not taken for. */
  #holder(): { readonly who: string; readonly playbook: string; readonly remote: boolean } {
    return { who: `run ${++this.#runs}`, playbook: 'lab.yml', remote: false };
  }

  project(state: State): Loaded {
    const { directory } = this.#machines;
    const path = join(directory, 'lab.yml');
    writeFileSync(path, playbookOf(state));
    return loadProject(path, { kinds, inventories: [join(directory, 'inventory.yml')], extraVars: [] });
  }

  run = (state: State): Promise<Said> =>
    this.#told((emit, options) =>
      runner.run(this.project(state), emit, { ...options, lock: this.#holder(), prune: true }),
    );

  plan = (state: State): Promise<Said> =>
    this.#told((emit, options) => runner.plan(this.project(state), emit, { ...options, prune: true }));

  destroy = (state: State): Promise<Said> =>
    this.#told((emit, options) =>
      runner.destroy(this.project(state), emit, { ...options, lock: this.#holder(), dry: false }),
    );

  async #told(work: (emit: (event: Event) => void, options: typeof OPTIONS) => Promise<Exit>): Promise<Said> {
    const events: Event[] = [];
    const emit = (event: Event): void => void events.push(event);
    // Our own ssh comes first; see machines.ts.
    const options = { ...OPTIONS, sshConfig: this.#machines.directory };
    try {
      return { exit: await work(emit, options), events, problems: [] };
    } catch (error) {
      if (!(error instanceof NetwrightError)) throw error;
      return { exit: error.exit, events, problems: error.problems };
    }
  }
}

const OPTIONS = {
  forks: 50,
  stepSeconds: 60,
  connectTimeoutSeconds: 30,
  // What a killed run has left at work holds the lock until it has come to its end.
  lockTimeout: 60,
  sshConfig: undefined as string | undefined,
};
