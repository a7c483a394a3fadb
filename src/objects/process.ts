import { createHash } from 'node:crypto';
import type { Scope } from '../command.ts';
import type { ObjectType, Wanted } from '../object.ts';

interface Process {
  readonly argv: readonly string[];
  readonly hostname?: string | undefined;
}

/** A program that runs in a namespace. Nothing supervises it; the next run starts a dead one again. */
export const process = (scope: Scope, data: Process): Wanted<Process> => ({ type: 'process', scope, data });

/** What tells a running program from one with other arguments. */
const processDigest = (data: Process): string =>
  createHash('sha256')
    .update(JSON.stringify([data.argv, data.hostname]))
    .digest('hex')
    .slice(0, 16);

/** In place of the digest: it runs, but not in the namespace of that name. */
const ASTRAY = 'astray';

export const processType: ObjectType<Process> = {
  type: 'process',
  volatile: true,
  shared: false,
  id: () => 'command',
  reads: ({ scope }) => [{ fact: 'process', scope }],
  diff({ scope, data }, { world }) {
    const digest = processDigest(data);
    const found = world.processes[scope];
    if (found === digest) return [];
    const { argv, hostname } = data;
    return [
      {
        verb: found === undefined ? '+' : '~',
        what: argv[0]!,
        why: found === undefined ? 'not running' : found === ASTRAY ? 'its namespace was deleted' : 'other arguments',
        commands: [
          ...(found === undefined ? [] : [{ do: 'stop', scope } as const]),
          { do: 'start', scope, argv, hostname, digest },
        ],
        // What ran before is known by its digest only.
        ...(found === undefined ? { undo: [{ do: 'stop', scope }] } : {}),
        effect: (after) => {
          after.processes[scope] = digest;
        },
      },
    ];
  },
  before: () => ({}),
  // What follows the program's name may be a secret, and is of no use later.
  kept: ({ argv }) => ({ argv: argv.slice(0, 1) }),
  remove({ scope, data }, { world }) {
    if (world.processes[scope] === undefined) return [];
    return [
      {
        verb: '-',
        what: data.argv[0]!,
        why: 'stop',
        commands: [{ do: 'stop', scope }],
        effect: (after) => {
          delete after.processes[scope];
        },
      },
    ];
  },
};
