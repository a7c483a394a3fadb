/** What a user's own kinds of tasks are made with: `import { defineScript, defineTask } from 'netwright'`. */
import type { Infer, Schema } from './infer.ts';
import { defineTask, type Kind, type ScriptGiven } from './task.ts';

export { defineTask };
export type { Infer, Kind, Schema, ScriptGiven };
export type { Run, RunOptions, RunOutput } from './task.ts';

interface ScriptDefinition<S extends Schema> {
  /** The YAML key; by default the name of the file. */
  readonly kind?: string;
  readonly description?: string;
  /** Its options; without it, it takes any. */
  readonly schema?: S;
  /** Whether it may run when nothing is to change, and then tells what it would do. */
  readonly check?: boolean;
  /** What it returns is its result: `changed`, `msg`, and anything else that `register` shall have. */
  readonly run: (given: ScriptGiven<Infer<S>>) => unknown;
}

const ANYTHING = { type: 'object', additionalProperties: true } as const;

/** States a task that is a program of one's own; `$` runs commands on the task's host. */
export const defineScript = <const S extends Schema = typeof ANYTHING>(definition: ScriptDefinition<S>): Kind => ({
  kind: definition.kind ?? '',
  description: definition.description ?? 'A script.',
  schema: definition.schema ?? ANYTHING,
  inCheck: definition.check ?? false,
  script: definition.run,
});
