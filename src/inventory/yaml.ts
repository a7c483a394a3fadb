import { suggestion } from '../error.ts';
import type { At, Source } from '../source.ts';
import { describe, isMapping } from '../validate.ts';
import type { Draft } from './draft.ts';
import { addGroupVariable, addHosts, problem, type NamedVariable } from './entry.ts';

const SECTIONS = ['hosts', 'children', 'vars'];

/** Reads an Ansible inventory in YAML (or JSON) into a draft. */
export function readYaml(source: Source, draft: Draft): void {
  const root: At = { source, path: [] };
  if (source.value === null || source.value === undefined) return;
  for (const [name, at, value] of entries(source.value, root, 'the inventory', 'a mapping of groups', draft)) {
    if (draft.addGroup(name, at)) readGroup(name, value, at, draft);
  }
}

function readGroup(name: string, value: unknown, at: At, draft: Draft): void {
  for (const [section, inside, content] of entries(value ?? {}, at, `group "${name}"`, GROUP, draft)) {
    if (section === 'vars') {
      const vars = entries(content ?? {}, inside, `the vars of "${name}"`, 'a mapping', draft);
      for (const variable of vars) addGroupVariable(draft, name, variable);
    } else if (section === 'children') {
      for (const [child, where, one] of named(content, inside, `the children of "${name}"`, draft)) {
        if (draft.addChild(name, child, where)) readGroup(child, one, where, draft);
      }
    } else if (section === 'hosts') {
      for (const [host, where, one] of named(content, inside, `the hosts of "${name}"`, draft)) {
        const vars = entries(one ?? {}, where, `host "${host}"`, 'a mapping of variables', draft);
        addHosts(draft, name, host, where, vars);
      }
    } else {
      const hint = suggestion(section, SECTIONS) ?? `a group has ${SECTIONS.join(', ')}; variables go under vars`;
      draft.problems.push(problem('UNKNOWN_KEY', `"${section}" is nothing that a group has`, inside, hint, 'key'));
    }
  }
}

const GROUP = `a mapping with ${SECTIONS.join(', ')}`;

/** The hosts or children of a group; a single name may stand as text. */
function named(value: unknown, at: At, what: string, draft: Draft): NamedVariable[] {
  if (typeof value === 'string') return [[value, at, null]];
  return value === null ? [] : entries(value, at, what, 'a mapping: each name with a colon behind it', draft);
}

function entries(value: unknown, at: At, what: string, wanted: string, draft: Draft): NamedVariable[] {
  if (isMapping(value)) {
    return Object.entries(value).map(([key, inner]) => [key, { source: at.source, path: [...at.path, key] }, inner]);
  }
  draft.problems.push(problem('WRONG_TYPE', `${what} must be ${wanted}, found ${describe(value)}`, at));
  return [];
}
