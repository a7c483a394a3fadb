import type { Schema } from '../infer.ts';
import {
  condition,
  constant,
  flag,
  notYet,
  table,
  text,
  variable,
  variableName,
  type Keyword,
  type Keywords,
} from './keyword.ts';
import { loops } from './loops.ts';

export type { Keyword, Keywords } from './keyword.ts';

/** Keywords that no play, block or task of ours has, and what does their work. */
const REFUSED: Readonly<Record<string, Keyword>> = {
  become_flags: notYet('sudo is asked with -n and nothing else'),
  become_exe: notYet('sudo is found by PATH'),
  collections: notYet('there are only the kinds of netwright docs'),
  debugger: notYet('use -vv, or netwright plan'),
  diff: notYet('use --diff'),
  ignore_unreachable: notYet('what cannot be reached costs only itself: leave it out, or say --limit'),
  module_defaults: notYet('use a variable, or a YAML anchor'),
  port: notYet('set ansible_port in the inventory'),
};

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
  vars_files: constant({
    anyOf: [
      { type: 'string', minLength: 1 },
      {
        type: 'array',
        items: {
          anyOf: [
            { type: 'string', minLength: 1 },
            { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 },
          ],
        },
      },
    ],
    description: 'Files of variables; of a list in the list, the first that is there.',
    examples: ['vars/lab.yml', [['{{ ansible_distribution }}.yml', 'default.yml']]],
  }),
  taskdirs: constant({
    type: 'array',
    items: { type: 'string', minLength: 1 },
    description: "Folders beside the playbook with kinds of tasks of one's own: TypeScript or JavaScript.",
    examples: [['tasks']],
  }),
  gather_facts: variable(flag('Whether ansible_facts and what belongs to them are known; true unless said.')),
  connection: variable({
    type: 'string',
    enum: ['local', 'ssh', 'docker', 'podman'],
    description: 'How to reach the hosts.',
  }),
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
  vars_prompt: constant({
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: {
        name: { ...variableName, description: 'The variable.' },
        prompt: { type: 'string', minLength: 1, description: 'What is asked; the name without it.' },
        private: { type: ['boolean', 'string'], default: true, description: 'Whether what is typed is hidden.' },
        default: { description: 'What an empty answer stands for.' },
        confirm: { type: 'boolean', default: false, description: 'Asked twice.' },
        unsafe: { type: 'boolean', description: 'Taken as it is: an answer is never a template.' },
      },
    },
    description: 'Variables that the person at the terminal is asked for; what --extra-vars gives is not asked.',
  }),
  ...REFUSED,
  check_mode: notYet('use netwright plan, or check_mode at a task'),
  timeout: notYet('say it at the tasks'),
  gather_subset: constant({ ...texts('Taken as it is: all facts are there.', [['network']]) }),
  gather_timeout: constant({ type: 'integer', description: 'Taken as it is.' }),
  fact_path: notYet('read the files with command'),
});

/** Where a play has tasks. */
export const SECTIONS = ['pre_tasks', 'roles', 'tasks', 'post_tasks', 'handlers'] as const;

const inside = {
  ...common,
  when: constant(condition('Done only if this is true; a list is true if all of it is.')),
  delegate_to: variable({ type: 'string', minLength: 1, description: 'The host that does it in place of this one.' }),
  check_mode: variable(flag('true: it is only foreseen, in a run too. A plan changes nothing, whatever it says.')),
  ...REFUSED,
  delegate_facts: notYet('facts are always those of the host that they were seen on'),
  remote_user: notYet('say it at the play'),
  connection: constant({
    type: 'string',
    enum: ['local'],
    description: 'local: this machine does it in place of the host, as with delegate_to: localhost.',
  }),
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
  changed_when: constant(condition('What counts as a change.')),
  failed_when: constant(condition('What counts as a failure.')),
  until: constant(condition('Done again until this is true.')),
  retries: variable({ type: 'integer', minimum: 0, description: 'How often to try again; 3 with until.' }),
  delay: seconds('Seconds between two tries; 5 unless said.', [1]),
  timeout: seconds('Seconds after which the host ends it; 600 unless said.', [30]),
  async: seconds('Seconds after which the host ends it, in the word for long commands.', [3600]),
  poll: variable({
    type: 'integer',
    minimum: 0,
    description: 'With async, 0: it goes on by itself, and async_status tells what came of it. Else it is waited for.',
  }),
  notify: variable(texts('Handlers to run later if it changed something.', ['restart dns'])),
  listen: constant(texts('More names by which a handler is notified.', ['restart web'])),
  args: constant({ type: 'object', description: 'More options of its kind.' }),
  adopt: constant({ ...flag('Takes over what it finds; destroy gives it back as it was.'), default: false }),
});

/** Words that name the kind in their value; with the second one it is done on this machine. */
export const ACTIONS = ['action', 'local_action'] as const;
