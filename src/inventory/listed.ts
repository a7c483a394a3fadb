import { parseSource, type At, type Source } from '../source.ts';
import { describe, isMapping } from '../validate.ts';
import type { Draft } from './draft.ts';
import { isVariable, problem } from './entry.ts';
import type { Files } from './files.ts';

const SECTIONS = ['hosts', 'vars', 'children'];

/** Whether values may be templates: what a program printed is data. */
type Nature = { readonly isData: true } | Record<string, never>;

/**
 * Runs a program that is an inventory and adds what it prints to a draft: `--list` for everything, and `--host NAME` for
 * each host unless the answer has `_meta.hostvars`.
 */
export function readProgram(path: string, files: Files, draft: Draft): void {
  const ask = (...argv: readonly string[]): Source | undefined => {
    const ran = files.run?.(path, argv) ?? { failed: 'cannot be run here' };
    const name = `${path} ${argv.join(' ')}`;
    if ('failed' in ran) {
      draft.problems.push({ code: 'INVENTORY_FAILED', message: `${name}: ${ran.failed}` });
      return undefined;
    }
    const { source, problems } = parseSource(ran.output.trim() === '' ? '{}' : ran.output, name, draft.budget);
    draft.problems.push(...problems.map((one) => ({ ...one, hint: 'the program must print JSON' })));
    return source;
  };
  const source = ask('--list');
  if (source) new Listed(draft, { isData: true }).read(source, (host) => ask('--host', host));
}

/** Adds the JSON that `ansible-inventory --list` prints, kept in a file, to a draft. */
export const readListed = (source: Source, draft: Draft): void => {
  new Listed(draft, {}).read(source);
};

export const isListed = (value: unknown): boolean => isMapping(value) && isMapping(value._meta);

class Listed {
  readonly #draft: Draft;
  readonly #nature: Nature;
  readonly #hosts = new Set<string>();

  constructor(draft: Draft, nature: Nature) {
    this.#draft = draft;
    this.#nature = nature;
  }

  read(source: Source, ask?: (host: string) => Source | undefined): void {
    const { value } = source;
    const root: At = { source, path: [] };
    if (!isMapping(value)) {
      this.#refuse(root, 'the inventory', 'a mapping of groups', value);
      return;
    }
    for (const [name, one] of Object.entries(value)) if (name !== '_meta') this.#group(name, one, below(root, name));
    const meta = isMapping(value._meta) ? value._meta.hostvars : undefined;
    const at = below(root, '_meta', 'hostvars');
    if (meta !== undefined && !isMapping(meta)) {
      this.#refuse(at, '_meta.hostvars', 'a mapping of hosts', meta);
      return;
    }
    for (const host of this.#hosts) {
      if (meta !== undefined) this.#hostVars(host, meta[host], below(at, host));
      else {
        const answer = ask?.(host);
        if (answer) this.#hostVars(host, answer.value, { source: answer, path: [] });
      }
    }
  }

  #group(name: string, value: unknown, at: At): void {
    if (!this.#draft.addGroup(name, at)) return;
    const isWhole = isMapping(value) && SECTIONS.some((section) => section in value);
    // Two short forms: a list is the hosts; a mapping of anything else is a host of the group's name, with variables.
    const whole = isWhole ? value : isMapping(value) ? { hosts: [name], vars: value } : { hosts: value };
    const to = (section: string): At => (isWhole ? below(at, section) : at);
    for (const host of this.#texts(whole.hosts, to('hosts'), `the hosts of "${name}"`)) {
      if (this.#draft.addHost(host, name, at)) this.#hosts.add(host);
    }
    for (const child of this.#texts(whole.children, to('children'), `the children of "${name}"`)) {
      this.#draft.addChild(name, child, to('children'));
    }
    const vars = whole.vars ?? {};
    if (!isMapping(vars)) {
      this.#refuse(to('vars'), `the vars of "${name}"`, 'a mapping', vars);
      return;
    }
    for (const [variable, one] of Object.entries(vars)) {
      const where = below(to('vars'), variable);
      if (!isVariable(variable, where, this.#draft)) continue;
      this.#draft.setGroupVariable(name, variable, { value: one, at: where, ...this.#nature }, at.source.file);
    }
  }

  #hostVars(host: string, value: unknown, at: At): void {
    if (value === undefined || value === null) return;
    if (!isMapping(value)) {
      this.#refuse(at, `the variables of ${host}`, 'a mapping', value);
      return;
    }
    for (const [name, one] of Object.entries(value)) {
      const where = below(at, name);
      if (!isVariable(name, where, this.#draft)) continue;
      this.#draft.setHostVariable(host, name, { value: one, at: where, ...this.#nature }, at.source.file);
    }
  }

  #texts(value: unknown, at: At, what: string): string[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
    this.#refuse(at, what, 'a list of names', value);
    return [];
  }

  #refuse(at: At, what: string, wanted: string, found: unknown): void {
    this.#draft.problems.push(problem('WRONG_TYPE', `${what} must be ${wanted}, found ${describe(found)}`, at));
  }
}

const below = (at: At, ...path: readonly string[]): At => ({ source: at.source, path: [...at.path, ...path] });
