import { playKeywords, taskKeywords, type Keywords } from '../playbook.ts';
import type { Kind } from '../task.ts';
import { DRAFT, forEditor, type EditorSchema } from './editor.ts';

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
      required: ['hosts'],
      properties: {
        ...keywordSchemas(playKeywords),
        tasks: {
          type: 'array',
          items: { $ref: '#/definitions/task' },
          description: 'What is to be there and to be done, in this order.',
        },
      },
    },
    // That a task has exactly one kind is left to `netwright validate`: an editor's words for it name every kind.
    task: {
      type: 'object',
      additionalProperties: false,
      properties: {
        ...keywordSchemas(taskKeywords),
        ...Object.fromEntries(kinds.map(({ kind }) => [kind, { $ref: `${kind}.schema.json` }])),
      },
    },
  },
});

const keywordSchemas = (keywords: Keywords): EditorSchema =>
  Object.fromEntries(
    [...keywords].flatMap(([word, { implemented, schema, templates }]) =>
      implemented ? [[word, forEditor(schema, templates)]] : [],
    ),
  );
