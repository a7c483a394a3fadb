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
const seconds = (description: string, examples: readonly number[]): Keyword =>
  variable({ type: 'number', minimum: 0, maximum: 86_400, description, examples });

/** What may be one text or a list of texts. */
const texts = (description: string, examples: readonly unknown[]): Schema => ({
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'array', items: { type: 'string', minLength: 1 } },
  ],
  description,
  examples,
});

const tagList: Schema = {
  anyOf: [
    { type: 'string', pattern: '^[^{}]*$' },
    { type: 'array', items: { type: ['string', 'integer'], pattern: '^[^{}]*$' } },
  ],
  description: 'Words by which --tags and --skip-tags choose.',
  examples: [['always']],
};

/** What a play, a block and a task may all say. */
const common = {
  name: variable(text('What it is about; it is shown.')),
  vars: constant(vars),
  tags: constant(tagList),
  become,
  become_user: variable({ ...user, description: 'The user to become.', examples: ['root'] }),
  become_method: constant({ type: 'string', enum: ['sudo'], description: 'How to become another user.' }),
  environment: variable({
    anyOf: [{ type: 'object' }, { type: 'array', items: { type: 'object' } }],
    description: 'The environment of the programs that it runs.',
  }),
  no_log: variable(flag('Keeps options and results out of every output.')),
  ignore_errors: variable(flag('Whether to go on after a failure.')),
  any_errors_fatal: variable(flag('Whether a failure on one host ends the play on all.')),
  run_once: variable(flag('Done on the first host only; every host has the result.')),
  throttle: constant({ type: 'integer', minimum: 0, description: 'So many hosts at a time; 0 is no limit.' }),
};

const sizes: Schema = { type: ['integer', 'string'] };

/** The keywords of a play but its lists of tasks, which have a reader of their own. */
export const playKeywords: Keywords = table({
  ...common,
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
  vars_files: constant(texts('Files of variables; of a list in the list, the first that is there.', ['vars/lab.yml'])),
  taskdirs: constant({
    type: 'array',
    items: { type: 'string', minLength: 1 },
    description: "Folders beside the playbook with kinds of tasks of one's own: TypeScript or JavaScript.",
    examples: [['tasks']],
  }),
  gather_facts: variable(flag('Whether ansible_facts and what belongs to them are known; true unless said.')),
  connection: variable({ type: 'string', enum: ['local', 'ssh'], description: 'How to reach the hosts.' }),
  remote_user: variable({ ...user, description: 'The user to log in as.', examples: ['vagrant'] }),
  serial: variable({
    anyOf: [sizes, { type: 'array', items: sizes, minItems: 1 }],
    description: 'So many hosts at a time, or a percentage; a list is for one batch after the other.',
    examples: [1, '30%', [1, '50%']],
  }),
  max_fail_percentage: variable({
    type: 'number',
    minimum: 0,
    maximum: 100,
    description: 'The play ends when more of its hosts than this have failed.',
  }),
  strategy: constant({
    type: 'string',
    enum: ['linear', 'free', 'host_pinned'],
    default: 'linear',
    description: 'linear: all hosts do one segment before any does the next. free: each goes on by itself.',
  }),
  order: constant({
    type: 'string',
    enum: ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted', 'shuffle'],
    description: 'The order of the hosts.',
  }),
  confirm: constant({
    anyOf: [
      { type: 'integer', minimum: 5, maximum: 3600 },
      { type: 'string', pattern: '^(?:[5-9]s?|[1-9][0-9]{1,3}s?|[1-9][0-9]?m)$' },
    ],
    description: 'Every change is taken back after this time (seconds, 60s or 2m) unless a new connection confirms it.',
    examples: ['60s'],
  }),
  force_handlers: variable(flag('Runs the notified handlers of a host that failed as well.')),
  ...allNotYet(
    ...['vars_prompt', 'ignore_unreachable', 'become_flags', 'become_exe', 'port', 'collections'],
    ...['module_defaults', 'gather_subset', 'gather_timeout', 'fact_path', 'timeout', 'check_mode', 'diff', 'debugger'],
  ),
});

/** Where a play has tasks. */
export const SECTIONS = ['pre_tasks', 'roles', 'tasks', 'post_tasks', 'handlers'] as const;

const inside = {
  ...common,
  when: variable(condition('Done only if this is true; a list is true if all of it is.')),
  delegate_to: variable({ type: 'string', minLength: 1, description: 'The host that does it in place of this one.' }),
  ...allNotYet(
    'ignore_unreachable',
    'become_flags',
    'become_exe',
    'delegate_facts',
    'check_mode',
    'diff',
    'remote_user',
    'connection',
  ),
  ...allNotYet('port', 'collections', 'module_defaults', 'debugger'),
};

/** The keywords of a block but its lists of tasks. */
export const blockKeywords: Keywords = table(inside);

/** The keywords beside `import_playbook`. */
export const importPlaybookKeywords: Keywords = table({
  name: common.name,
  import_playbook: constant({ type: 'string', pattern: '^[^{}]+$', description: "Another playbook's plays." }),
  when: inside.when,
  tags: common.tags,
  vars: common.vars,
});

const loops = {
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
};

/** The keywords of what takes in other tasks (`import_tasks`, `include_role`, …). */
export const includeKeywords: Keywords = table({
  ...inside,
  ...loops,
});

/** The keywords of a task but its kind. */
export const taskKeywords: Keywords = table({
  ...inside,
  ...loops,
  register: constant({ ...variableName, description: 'The variable that takes the result.' }),
  changed_when: variable(condition('What counts as a change.')),
  failed_when: variable(condition('What counts as a failure.')),
  until: variable(condition('Done again until this is true.')),
  retries: variable({ type: 'integer', minimum: 0, description: 'How often to try again; 3 with until.' }),
  delay: seconds('Seconds between two tries; 5 unless said.', [1]),
  timeout: seconds('Seconds after which the host ends it; 600 unless said.', [30]),
  async: seconds('The same as timeout, in the word for long commands.', [3600]),
  poll: variable({
    type: 'integer',
    minimum: 1,
    description: 'Taken as it is: the result comes as soon as it is there.',
  }),
  notify: variable(texts('Handlers to run later if it changed something.', ['restart dns'])),
  listen: constant(texts('More names by which a handler is notified.', ['restart web'])),
  args: constant({ type: 'object', description: 'More options of its kind.' }),
  adopt: constant({ ...flag('Takes over what it finds; destroy gives it back as it was.'), default: false }),
});

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

/** Words that stand where a kind would; a task with one of them has no kind of its own. */
export const insteadOfKind: Keywords = table({
  import_tasks: otherTasks("Another file's tasks in place of this one."),
  include_tasks: otherTasks("Another file's tasks in place of this one, by host and by item."),
  import_role: otherRole("A role's tasks in place of this one."),
  include_role: otherRole("A role's tasks in place of this one, by host and by item."),
  meta: constant({
    type: 'string',
    enum: ['flush_handlers', 'noop', 'end_host', 'end_batch', 'end_play', 'clear_host_errors'],
    description: 'Something about the run itself.',
  }),
  ...allNotYet('action', 'local_action'),
});

/** Ansible's older loops: `with_dict`, `with_fileglob`, … */
export const isOtherLoop = (word: string): boolean => /^with_[a-z_]+$/.test(word) && !taskKeywords.has(word);
