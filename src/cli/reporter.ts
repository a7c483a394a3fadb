import type { Watch } from '../connect.ts';
import { EXIT, type Exit } from '../error.ts';
import {
  annotations,
  EVENTS_VERSION,
  jsonReporter,
  junitText,
  lineReporter,
  type Emit,
  type Event,
} from '../report.ts';
import { fleetOptions, type Flags } from './flags.ts';
import { interruptible, type Interruption } from './interrupt.ts';
import { writeAsked } from './written-file.ts';
import { secrets } from './secrets.ts';
import { openScreen } from './terminal.ts';

export interface Reporting {
  readonly emit: Emit;
  /** How the hosts are talked to, and who is told about it. */
  readonly fleet: ReturnType<typeof fleetOptions> & Pick<Interruption, 'stop' | 'signal'> & { readonly watch: Watch };
}

/** Whether lines may have colours: in a terminal, or where somebody insists; never against NO_COLOR. */
const isColoured = (): boolean => {
  const { NO_COLOR, FORCE_COLOR, ANSIBLE_FORCE_COLOR } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  return (
    process.stdout.isTTY || [FORCE_COLOR, ANSIBLE_FORCE_COLOR].some((value) => /^(1|true|yes)$/i.test(value ?? ''))
  );
};

/** Does some work and tells what happens: to people, to programs, and into the files that were asked for. */
export async function reported(
  flags: Flags,
  command: string,
  playbook: string,
  work: (reporting: Reporting) => Promise<Exit>,
): Promise<Exit> {
  const { json = false, diff = false, verbose = 0, junit, retryFile, profile } = flags;
  const level = verbose + (diff ? 1 : 0);
  const screen = openScreen(process.stdout, process.stdout.isTTY && !json, !json && level > 1);
  const tell = json
    ? jsonReporter(screen.write)
    : lineReporter(screen.write, { colour: isColoured(), verbose: level, diff });
  const events: Event[] = [];
  const failed = new Set<string>();
  const emit: Emit = (whole) => {
    const event = secrets.clean(whole);
    if (junit !== undefined) events.push(event);
    // What files hold is told only to who asks for it.
    tell(event.type === 'task' && !diff ? { ...event, diffs: undefined } : event);
    // A stream of JSON stays one.
    if (process.env.GITHUB_ACTIONS === 'true') {
      for (const line of annotations(event)) (json ? process.stderr : process.stdout).write(`${line}\n`);
    }
    if (event.type !== 'recap') return;
    for (const [host, counts] of Object.entries(event.hosts)) {
      if (counts.failed + counts.unreachable + counts.reverted > 0) failed.add(host);
    }
    if (profile) (json ? process.stderr : process.stdout).write(`${screen.profile().join('\n')}\n`);
    if (junit !== undefined) writeAsked(junit, junitText(events), EXIT.failed);
    if (retryFile !== undefined) writeAsked(retryFile, [...failed].map((host) => `${host}\n`).join(''), EXIT.failed);
  };
  emit({ type: 'start', version: EVENTS_VERSION, command, playbook });
  const { stop, signal, aside, over } = interruptible((text) => {
    emit({ type: 'message', text });
  });
  try {
    return await work({
      emit,
      fleet: {
        ...fleetOptions(flags),
        ...{ stop, signal, aside },
        watch: (progress) => {
          screen.watch(secrets.clean(progress));
        },
      },
    });
  } finally {
    over();
    // Nothing moves any more when an error is printed.
    screen.close();
  }
}
