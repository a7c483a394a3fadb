import type { Host, Inventory } from './model.ts';

/** The names that mean this machine where no inventory knows them. */
export const LOCAL = ['localhost', '127.0.0.1', '::1'];

/** The host of that name; localhost is made up where the inventory has none, with a local connection, as in Ansible. */
export const implicitHost = ({ hosts }: Inventory, name: string): Host =>
  hosts.get(name) ?? {
    name,
    groups: ['ungrouped'],
    implicit: true,
    layers: [{ name: 'the implicit localhost', vars: new Map([['ansible_connection', { value: 'local' }]]) }],
  };
