import {
  ACTIONS,
  importPlaybookKeywords,
  insteadOfKind,
  playKeywords,
  SECTIONS,
  taskKeywords,
  type Keywords,
} from '../playbook.ts';
import type { Kind } from '../task.ts';
import { DRAFT, forEditor, type EditorSchema } from './editor.ts';

const TASKS = { $ref: '#/definitions/tasks' } as const;

const SECTION_SCHEMAS = {
  pre_tasks: { ...TASKS, description: 'Done before the roles.' },
  roles: {
    type: 'array',
    items: { type: ['string', 'object'] },
    description: 'Roles by their names, or as mappings of role:, keywords and parameters.',
  },
  tasks: { ...TASKS, description: 'What is to be there and to be done, in this order.' },
  post_tasks: { ...TASKS, description: 'Done last.' },
  handlers: { ...TASKS, description: 'Done where a task that notifies them changed something, in this order.' },
} as const;

const ACTION: EditorSchema = {
  description: 'The kind in the value; with local_action it is done on this machine.',
  anyOf: [
    { type: 'string', minLength: 1 },
    { type: 'object', required: ['module'], properties: { module: { type: 'string', description: 'The kind.' } } },
  ],
};

const wholeName = (word: string): string => `^ansible\\.(builtin|legacy)\\.${word}$`;

/** The whole playbook. Only what is implemented, so that an editor marks the rest. */
export const playbookSchema = (kinds: readonly Kind[]): EditorSchema => ({
  $schema: DRAFT,
  title: 'netwright playbook',
  type: 'array',
  items: { $ref: '#/definitions/play' },
  definitions: {
    play: {
      type: 'object',
      additionalProperties: false,
      anyOf: [{ required: ['hosts'] }, { required: ['import_playbook'] }],
      properties: {
        ...keywordSchemas(playKeywords),
        ...keywordSchemas(new Map([...importPlaybookKeywords].filter(([word]) => !playKeywords.has(word)))),
        ...Object.fromEntries(SECTIONS.map((section) => [section, SECTION_SCHEMAS[section]])),
      },
    },
    tasks: { type: 'array', items: { $ref: '#/definitions/task' } },
    // That a task has exactly one kind is left to `netwright validate`: an editor's words for it name every kind.
    task: {
      type: 'object',
      additionalProperties: false,
      properties: {
        ...keywordSchemas(taskKeywords),
        ...keywordSchemas(insteadOfKind),
        block: { ...TASKS, description: 'Tasks that have something in common.' },
        rescue: { ...TASKS, description: 'Done where a task of the block failed; then that is no failure.' },
        always: { ...TASKS, description: 'Done after the block, whatever came of it.' },
        ...Object.fromEntries(ACTIONS.map((word) => [word, ACTION])),
        ...Object.fromEntries(kinds.map(({ kind }) => [kind, { $ref: `${kind}.schema.json` }])),
      },
      // By Ansible's whole names, which no completion need offer.
      patternProperties: {
        ...Object.fromEntries(
          Object.entries(keywordSchemas(insteadOfKind)).map(([word, schema]) => [wholeName(word), schema]),
        ),
        ...Object.fromEntries(kinds.map(({ kind }) => [wholeName(kind), { $ref: `${kind}.schema.json` }])),
      },
    },
  },
});

const keywordSchemas = (keywords: Keywords): Record<string, EditorSchema> =>
  Object.fromEntries(
    [...keywords].flatMap(([word, { implemented, schema, templates }]) =>
      implemented ? [[word, forEditor(schema, templates)]] : [],
    ),
  );
