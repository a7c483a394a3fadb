import type { Schema } from '../infer.ts';
import { constant, table, variable, variableName, type Keyword, type Keywords } from './keyword.ts';

const file = {
  type: 'string',
  minLength: 1,
  description: 'The file, seen from this one.',
  examples: ['more.yml'],
} as const;
const apply = { type: 'object', description: 'Keywords for each of its tasks.' } as const;
const part = (description: string) => ({ type: 'string', minLength: 1, description, examples: ['main'] }) as const;

const otherTasks = (description: string): Keyword =>
  variable({
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'object', additionalProperties: false, required: ['file'], properties: { file, apply } },
    ],
    description,
  });

const otherRole = (description: string): Keyword =>
  variable({
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', minLength: 1, description: 'The role.' },
      tasks_from: part('The file in its tasks/.'),
      vars_from: part('The file in its vars/.'),
      defaults_from: part('The file in its defaults/.'),
      handlers_from: part('The file in its handlers/.'),
      apply,
      public: { type: 'boolean', description: 'Taken as it is.' },
      allow_duplicates: { type: 'boolean', default: true, description: 'Whether it may be done more than once.' },
    },
    description,
  });

const names = (description: string): Schema => ({
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  description,
});

const otherVars: Keyword = variable({
  anyOf: [
    { type: 'string', minLength: 1 },
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        file,
        dir: { type: 'string', minLength: 1, description: 'A folder of them instead.' },
        name: { ...variableName, description: 'The one variable that is to hold them all.' },
        depth: { type: 'integer', minimum: 0, description: 'So many folders deep; 0 is no limit.' },
        files_matching: { type: 'string', description: 'A regular expression for the names of files.' },
        ignore_files: names('Regular expressions for files that do not count.'),
        extensions: names('Endings of files that count.'),
        ignore_unknown_extensions: { type: 'boolean', description: 'Taken as it is.' },
      },
    },
  ],
  description: "Files' variables, from here on.",
});

/** Words that stand where a kind would; a task with one of them has no kind of its own. */
export const insteadOfKind: Keywords = table({
  import_tasks: otherTasks("Another file's tasks in place of this one."),
  include_tasks: otherTasks("Another file's tasks in place of this one, by host and by item."),
  import_role: otherRole("A role's tasks in place of this one."),
  include_role: otherRole("A role's tasks in place of this one, by host and by item."),
  include_vars: otherVars,
  meta: constant({
    type: 'string',
    enum: ['flush_handlers', 'noop', 'end_host', 'end_batch', 'end_play', 'clear_host_errors'],
    description: 'Something about the run itself.',
  }),
});
