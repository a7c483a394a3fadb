import { constant, variable, variableName } from './keyword.ts';

/** The keywords of a loop. */
export const loops = {
  loop: variable({ type: 'array', description: 'Done once for each item.' }),
  with_items: variable({ type: 'array', description: 'As loop, with lists in the list taken apart.' }),
  with_list: variable({ type: 'array', description: 'The same as loop.' }),
  with_dict: variable({ type: 'object', description: 'As loop, over the keys and values of a mapping.' }),
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

/** The words of which a task may have one. */
export const LOOPS = ['loop', 'with_items', 'with_list', 'with_dict'] as const;

/** What does the work of Ansible's other loops. */
const INSTEAD_OF_LOOPS: Readonly<Record<string, string>> = {
  with_nested: 'use loop: "{{ a | product(b) }}"',
  with_cartesian: 'use loop: "{{ a | product(b) }}"',
  with_together: 'use loop: "{{ a | zip(b) }}"',
  with_indexed_items: 'use loop with loop_control: {index_var: n}',
  with_sequence: 'use loop: "{{ range(1, 5) }}"',
  with_flattened: 'use loop: "{{ a | flatten }}"',
  with_subelements: 'use loop: "{{ a | subelements(\'part\') }}"',
};

export const insteadOfLoop = (word: string): string => INSTEAD_OF_LOOPS[word] ?? 'use loop';

/** Ansible's older loops: `with_nested`, `with_fileglob`, … */
export const isOtherLoop = (word: string): boolean =>
  /^with_[a-z_]+$/.test(word) && !(LOOPS as readonly string[]).includes(word);
