import { constant, variable, variableName } from './keyword.ts';

/** The keywords of a loop. */
export const loops = {
  loop: variable({ type: 'array', description: 'Done once for each item.' }),
  with_items: variable({ type: 'array', description: 'As loop, with lists in the list taken apart.' }),
  with_list: variable({ type: 'array', description: 'The same as loop.' }),
  with_dict: variable({ type: ['object', 'array'], description: 'As loop, over the keys and values of a mapping.' }),
  with_nested: variable({ type: 'array', description: 'Each item of one list with each of the others.' }),
  with_cartesian: variable({ type: 'array', description: 'The same as with_nested.' }),
  with_together: variable({ type: 'array', description: 'The first items of all lists, then the second ones, …' }),
  with_indexed_items: variable({ type: 'array', description: 'Each item with its index before it.' }),
  with_subelements: variable({ type: 'array', description: 'Each item with each of a list inside of it.' }),
  with_sequence: variable({
    type: ['string', 'integer', 'array'],
    description: 'Numbers as texts.',
    examples: ['start=1 end=4 format=host%02d'],
  }),
  with_fileglob: variable({ type: ['string', 'array'], description: 'Files of the project whose names fit.' }),
  with_first_found: variable({ type: ['string', 'object', 'array'], description: 'The first file that is there.' }),
  with_file: variable({ type: ['string', 'array'], description: 'The texts of files of the project.' }),
  loop_control: constant({
    type: 'object',
    default: {},
    additionalProperties: false,
    properties: {
      loop_var: { ...variableName, default: 'item', description: 'The name of the item.' },
      index_var: { ...variableName, description: 'The name of its index, from 0.' },
      label: { type: 'string', minLength: 1, description: 'What is shown of the item.' },
      pause: { type: 'number', minimum: 0, maximum: 86_400, description: 'Seconds between two items.', examples: [1] },
      extended: { type: 'boolean', default: false, description: 'Whether ansible_loop tells where in the loop it is.' },
      extended_allitems: { type: 'boolean', default: true, description: 'Whether it has all items, too.' },
    },
    description: 'Names for the loop.',
  }),
};

/** The words of which a task may have one. */
export const LOOPS = [
  ...(['loop', 'with_items', 'with_list', 'with_dict', 'with_nested', 'with_cartesian', 'with_together'] as const),
  ...(['with_indexed_items', 'with_subelements', 'with_sequence', 'with_fileglob'] as const),
  ...(['with_first_found', 'with_file'] as const),
] as const;

/** What does the work of Ansible's other loops. */
const INSTEAD_OF_LOOPS: Readonly<Record<string, string>> = {
  with_lines: 'register what the program prints, and loop over its stdout_lines',
  with_random_choice: 'a plan must not depend on chance',
  with_flattened: 'use loop: "{{ a | flatten }}"',
  with_inventory_hostnames: 'use loop: "{{ groups.web }}"',
};

export const insteadOfLoop = (word: string): string => INSTEAD_OF_LOOPS[word] ?? 'use loop';

/** Ansible's older loops: `with_nested`, `with_fileglob`, … */
export const isOtherLoop = (word: string): boolean =>
  /^with_[a-z_]+$/.test(word) && !(LOOPS as readonly string[]).includes(word);
