import type { Problem } from '../error.ts';
import { placeOf, type At } from '../source.ts';
import type { Draft } from './draft.ts';
import type { Variable } from './model.ts';
import { BadRange, expandRange } from './range.ts';

/** A variable's name, where it stands, and its value as written. */
export type NamedVariable = readonly [name: string, at: At, value: unknown];

/** Adds the hosts that a pattern such as `web[1:3]:2222` stands for to a group, with their variables. */
export function addHosts(draft: Draft, group: string, pattern: string, at: At, vars: readonly NamedVariable[]): void {
  const { file } = at.source;
  const { names, port } = hostNames(pattern, at, draft);
  const good = vars.filter(([name, where]) => isVariable(name, where, draft));
  for (const name of names) {
    const isNew = !draft.has('host', name);
    if (!draft.addHost(name, group, at)) return;
    // As Ansible: a port behind a host that is known already is not heard.
    if (port !== undefined && isNew) draft.setHostVariable(name, 'ansible_port', { value: port, at }, file);
    for (const [variable, where, value] of good) draft.setHostVariable(name, variable, { value, at: where }, file);
  }
}

export function addGroupVariable(draft: Draft, group: string, [name, at, value]: NamedVariable): void {
  if (!isVariable(name, at, draft)) return;
  const variable: Variable = { value, at };
  draft.setGroupVariable(group, name, variable, at.source.file);
}

/** One colon and a number behind a name is a port; an IPv6 address needs brackets for that, as for Ansible. */
function hostNames(pattern: string, at: At, draft: Draft): { names: readonly string[]; port?: number } {
  const [, address, addressPort] = /^\[([0-9A-Fa-f]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*)\]:([0-9]+)$/.exec(pattern) ?? [];
  if (address !== undefined) return { names: [address], port: Number(addressPort) };
  const [, bare, port] = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/.exec(pattern) ?? [];
  try {
    const names = expandRange(bare ?? pattern, draft.ranges);
    return port === undefined ? { names } : { names, port: Number(port) };
  } catch (error) {
    if (!(error instanceof BadRange)) throw error;
    draft.problems.push(problem('BAD_RANGE', error.message, at, 'ranges are like web[01:10], [1:9:2] or [a:d]', 'key'));
    return { names: [] };
  }
}

export function isVariable(name: string, at: At, draft: Draft): boolean {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return true;
  const hint = 'letters, digits and "_", not beginning with a digit';
  draft.problems.push(problem('BAD_NAME', `"${name}" cannot be the name of a variable`, at, hint, 'key'));
  return false;
}

export const problem = (code: string, message: string, at: At, hint?: string, part?: 'key'): Problem => ({
  code,
  message,
  place: placeOf(at, [], part),
  hint,
});
