import { DRAFT, type EditorSchema } from './editor.ts';

const text = (description: string): EditorSchema => ({ type: 'string', description });
const flag = (description: string): EditorSchema => ({ type: ['boolean', 'string'], description });

/** The variables with a meaning of their own; any other is the inventory's own. */
const CONNECTION: EditorSchema = {
  ansible_host: text('The address or name to connect to; by default the name in the inventory.'),
  ansible_port: {
    type: ['integer', 'string'],
    description: 'The port of its SSH server; by default as ssh_config says.',
    examples: [22],
  },
  ansible_user: text('The user to log in as; by default as ssh_config says.'),
  ansible_connection: {
    enum: ['ssh', 'local', 'docker', 'podman'],
    description: 'local: this machine, without SSH. By default ssh, and local for localhost.',
  },
  ansible_ssh_private_key_file: text('The private key to log in with.'),
  ansible_ssh_common_args: text('Further arguments of ssh, split at spaces, with quotes.'),
  ansible_ssh_extra_args: text('Further arguments of ssh, after the common ones.'),
  ansible_become: flag('Whether to become another user on the host.'),
  ansible_become_user: text('The user to become; by default root.'),
  ansible_become_method: text('How; sudo is the only one.'),
  ansible_become_password: { description: 'The password that sudo wants.' },
};

const vars: EditorSchema = { type: ['object', 'null'], properties: CONNECTION };

/** Ansible's YAML inventory: groups of hosts, and groups of groups. */
export const inventorySchema: EditorSchema = {
  $schema: DRAFT,
  title: "Ansible's YAML inventory, as netwright reads it",
  type: 'object',
  additionalProperties: { $ref: '#/definitions/group' },
  definitions: {
    group: {
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        hosts: {
          type: ['object', 'null'],
          description: 'Hosts by name; a name may be a range, such as web[1:9].',
          additionalProperties: { $ref: '#/definitions/vars' },
        },
        vars: { $ref: '#/definitions/vars' },
        children: {
          type: ['object', 'null'],
          description: 'Groups inside this one.',
          additionalProperties: { $ref: '#/definitions/group' },
        },
      },
    },
    vars,
  },
};
