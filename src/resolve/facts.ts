import { data, type Binding, type Bindings } from './scope.ts';

/** What was seen of a host, under Ansible's names without the prefix `ansible_`. */
export type HostFacts = Readonly<Record<string, unknown>>;

/** What the first look told, by host; a host that could not be looked at has no entry. Before the look there is none. */
export type FactsByHost = ReadonlyMap<string, HostFacts>;

/** `ansible_NAME` that is no fact: how a host is reached, and how things are done there. */
const OTHER = new RegExp(
  [
    '^ansible_(?:host|port|user|password|connection|become|executable|remote_tmp|timeout|pipelining|common_remote_group)$',
    '^ansible_(?:private_key_file|managed|check_mode|diff_mode|version|limit|run_tags|skip_tags|verbosity|config_file)$',
    '^ansible_(?:inventory_sources|playbook_python|python_interpreter|forks|loop|index_var|search_path|date_format)$',
    '^ansible_(?:become|ssh|sudo|su|paramiko|shell|scp|sftp|play|role|parent|failed|loop|dependent)_',
  ].join('|'),
);

/** Names that may be facts of a host: `ansible_facts` itself, and each fact by itself. */
export const mayBeFact = (name: string): boolean =>
  name.startsWith('ansible_') && (!OTHER.test(name) || name.startsWith('ansible_ssh_host_key_'));

/** Whether a text uses facts, as far as can be told without knowing what its names stand for. */
export const mentionsFacts = (text: string): boolean =>
  [...text.matchAll(/\bansible_\w*/g)].some(([name]) => mayBeFact(name));

/** The variables that a host's facts make. */
export const factBindings = (facts: HostFacts): Bindings =>
  new Map([
    ['ansible_facts', data(facts)],
    ...Object.entries(facts).map(([name, value]) => [`ansible_${name}`, data(value)] as const),
  ]);

/** Before the host was looked at: whatever may be a fact has to wait. */
export const unseen = (host: string): Binding => ({ is: 'pending', task: `the first look at ${host}`, look: true });
