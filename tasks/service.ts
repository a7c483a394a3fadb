import type { Command } from '../src/command.ts';
import type { Service } from '../src/files.ts';
import type { Infer } from '../src/infer.ts';
import { defineTask, type Decision, type Step } from '../src/task.ts';

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9@_][A-Za-z0-9@._:-]*$',
      maxLength: 255,
      description: 'The service, as systemctl or service has it.',
      examples: ['ssh'],
    },
    state: {
      type: 'string',
      enum: ['started', 'stopped', 'restarted', 'reloaded'],
      description: 'restarted and reloaded do it every time, and start what does not run.',
    },
    enabled: { type: 'boolean', description: 'Whether it starts at boot.' },
    daemon_reload: { type: 'boolean', default: false, description: 'systemd reads its units again first.' },
  },
} as const;

type Args = Infer<typeof schema>;

const run = (...argv: readonly string[]): Command => ({ do: 'run', scope: '', argv });

type Manager = NonNullable<Service['manager']>;

const DO = {
  systemd: (verb: string, name: string) => run('systemctl', verb, name),
  sysvinit: (verb: string, name: string) => run('service', name, verb),
} as const satisfies Record<Manager, unknown>;

const AT_BOOT = {
  systemd: (name: string, on: boolean) => [run('systemctl', on ? 'enable' : 'disable', name)],
  // Links are made first: there may be none to switch on or off.
  sysvinit: (name: string, on: boolean) => [
    run('update-rc.d', name, 'defaults'),
    run('update-rc.d', name, on ? 'enable' : 'disable'),
  ],
} as const satisfies Record<Manager, unknown>;

export const service = defineTask({
  kind: 'service',
  description:
    'Starts, stops or restarts a service, now or at boot, with systemd or sysvinit. Destroy does not take it back.',
  schema,
  check: ({ state, enabled }) =>
    state === undefined && enabled === undefined
      ? [{ path: [], code: 'MISSING_KEY', message: 'service: needs state or enabled', hint: 'state: started' }]
      : [],
  looks: ({ name }) => [{ look: 'service', name }],
  decide(args, seen): Decision {
    const { name, state } = args;
    const have = seen.services.get(name);
    if (have?.manager === undefined) return { steps: [], failed: 'neither systemd nor sysvinit has services here' };
    if (!have.exists) return { steps: [], failed: `there is no service ${name}` };
    const steps = [...reload(args, have.manager), ...atBoot(args, have), ...now(args, have)];
    const ran = state === undefined ? have.running : state !== 'stopped';
    const result = { name, state: ran ? 'started' : 'stopped', enabled: args.enabled ?? have.enabled };
    return { steps, result };
  },
});

const reload = ({ daemon_reload }: Args, manager: Manager): Step[] =>
  daemon_reload && manager === 'systemd'
    ? [{ verb: '~', what: 'units', why: 'read again', commands: [run('systemctl', 'daemon-reload')], effect: nothing }]
    : [];

const nothing = (): void => undefined;

function atBoot({ name, enabled: want }: Args, have: Service): Step[] {
  if (want === undefined || want === have.enabled) return [];
  return [
    {
      verb: '~',
      what: name,
      why: want ? 'start at boot' : 'do not start at boot',
      commands: AT_BOOT[have.manager!](name, want),
      effect: ({ services }) => void services.set(name, { ...services.get(name)!, enabled: want }),
    },
  ];
}

const VERBS = { started: 'start', stopped: 'stop', restarted: 'restart', reloaded: 'reload' } as const;

function now({ name, state }: Args, { manager, running }: Service): Step[] {
  if (state === undefined || (state === 'started' && running) || (state === 'stopped' && !running)) return [];
  const verb = state === 'reloaded' && !running ? 'start' : VERBS[state];
  return [
    {
      verb: '~',
      what: name,
      why: verb,
      commands: [DO[manager!](verb, name)],
      effect: ({ services }) => void services.set(name, { ...services.get(name)!, running: verb !== 'stop' }),
    },
  ];
}
