import type { Schema } from '../infer.ts';

/** A word of Ansible's that a play or a task may hold. */
export interface Keyword {
  /** One that is not is refused by name: a playbook must not do less than it says. */
  readonly implemented: boolean;
  readonly schema: Schema;
  /** Whether variables may stand in it; else it has to be known before anything else is. */
  readonly templates: boolean;
  /** What to use instead, where it is not implemented. */
  readonly instead?: string;
}

export type Keywords = ReadonlyMap<string, Keyword>;

const constant = (schema: Schema): Keyword => ({ implemented: true, schema, templates: false });
const variable = (schema: Schema): Keyword => ({ implemented: true, schema, templates: true });
const notYet = (instead?: string): Keyword => ({
  implemented: false,
  schema: {},
  templates: true,
  ...(instead === undefined ? {} : { instead }),
});

const allNotYet = (...words: readonly string[]): Record<string, Keyword> =>
  Object.fromEntries(words.map((word) => [word, notYet()]));

const table = (keywords: Readonly<Record<string, Keyword>>): Keywords => new Map(Object.entries(keywords));

const text = (description: string): Schema => ({ type: 'string', description });
const flag = (description: string): Schema => ({ type: 'boolean', description });

const condition = (description: string): Schema => ({
  anyOf: [
    { type: 'boolean' },
    { type: 'string', minLength: 1 },
    { type: 'array', items: { type: ['string', 'boolean'] } },
  ],
  description,
});

const variableName = {
  type: 'string',
  pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
  maxLength: 128,
  examples: ['result'],
} as const;

const vars: Schema = {
  type: 'object',
  propertyNames: { pattern: variableName.pattern, description: 'letters, digits and "_", not beginning with a digit' },
  description: 'Variables.',
};

const become = variable(flag('Whether to become another user.'));
const user = { type: 'string', minLength: 1, maxLength: 64 } as const;

/** The keywords of a play but `tasks`, which has a reader of its own. */
export const playKeywords: Keywords = table({
  name: variable(text('What the play is about.')),
  hosts: variable({
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
    ],
    description: "The hosts and groups that it is for, as Ansible's pattern.",
    examples: ['localhost', 'all:!db'],
  }),
  lab: constant({
    type: 'string',
    format: 'name',
    description: "The name of what this play owns; by default the playbook's file name.",
    examples: ['quickstart'],
  }),
  vars: constant(vars),
  gather_facts: variable(flag('Taken as it is: only what the tasks need is ever gathered.')),
  become,
  become_user: variable({ ...user, description: 'The user to become.', examples: ['root'] }),
  connection: variable({ type: 'string', enum: ['local', 'ssh'], description: 'How to reach the hosts.' }),
  remote_user: variable({ ...user, description: 'The user to log in as.', examples: ['vagrant'] }),
  ...allNotYet(
    ...['vars_files', 'vars_prompt', 'pre_tasks', 'post_tasks', 'handlers', 'roles', 'serial', 'strategy', 'throttle'],
    ...['become_method', 'become_flags', 'become_exe', 'tags', 'when', 'any_errors_fatal', 'max_fail_percentage'],
    ...['environment', 'no_log', 'ignore_errors', 'ignore_unreachable', 'confirm', 'taskdirs', 'run_once', 'port'],
    ...['order', 'force_handlers', 'import_playbook', 'collections', 'module_defaults', 'gather_subset'],
    ...['gather_timeout', 'fact_path', 'timeout', 'check_mode', 'diff', 'debugger'],
  ),
});

/** The keywords of a task but its kind. */
export const taskKeywords: Keywords = table({
  name: variable(text('What the task is for; it is shown.')),
  when: variable(condition('Done only if this is true; a list is true if all of it is.')),
  loop: variable({ type: 'array', description: 'Done once for each item.' }),
  with_items: variable({ type: 'array', description: 'As loop, with lists in the list taken apart.' }),
  loop_control: constant({
    type: 'object',
    default: {},
    additionalProperties: false,
    properties: {
      loop_var: { ...variableName, default: 'item', description: 'The name of the item.' },
      index_var: { ...variableName, description: 'The name of its index, from 0.' },
      label: { type: 'string', minLength: 1, description: 'What is shown of the item.' },
    },
    description: 'Names for the loop.',
  }),
  register: constant({ ...variableName, description: 'The variable that takes the result.' }),
  changed_when: variable(condition('What counts as a change.')),
  failed_when: variable(condition('What counts as a failure.')),
  ignore_errors: variable(flag('Whether to go on after a failure.')),
  vars: constant(vars),
  adopt: constant({ ...flag('Takes over what it finds; destroy gives it back as it was.'), default: false }),
  no_log: constant({ ...flag('Keeps options and results out of every output.'), default: false }),
  ...allNotYet(
    ...['until', 'retries', 'delay', 'notify', 'listen', 'tags', 'become_user', 'become_method', 'become_flags'],
    ...['delegate_to', 'delegate_facts', 'run_once', 'environment', 'async', 'poll', 'any_errors_fatal', 'timeout'],
    ...['become', 'args', 'check_mode', 'diff', 'remote_user', 'connection', 'port', 'throttle', 'ignore_unreachable'],
    ...['collections', 'module_defaults', 'debugger'],
  ),
});

/** Words that stand where a kind would; a task with one of them has no kind of its own. */
export const insteadOfKind: Keywords = table({
  ...allNotYet('block', 'rescue', 'always', 'action', 'local_action'),
  ...allNotYet('include_tasks', 'import_tasks', 'include_role', 'import_role'),
});

/** Ansible's older loops: `with_dict`, `with_fileglob`, … */
export const isOtherLoop = (word: string): boolean => /^with_[a-z_]+$/.test(word) && !taskKeywords.has(word);
