import { suggestion, type Problem } from '../error.ts';
import { parseSource, placeOf, type At } from '../source.ts';
import { describe, isMapping } from '../validate.ts';
import type { Draft } from './draft.ts';
import { BadRange, expandRange } from './range.ts';

const SECTIONS = ['hosts', 'children', 'vars'];

/** Reads an Ansible inventory in YAML (or JSON) into a draft. */
export function readYaml(text: string, file: string, draft: Draft): void {
  const { source, problems } = parseSource(text, file);
  draft.problems.push(...problems);
  if (!source) return;
  const root: At = { source, path: [] };
  if (source.value === null || source.value === undefined) return;
  for (const [name, at, value] of entries(source.value, root, 'the inventory', 'a mapping of groups', draft)) {
    if (draft.addGroup(name, at)) readGroup(name, value, at, draft);
  }
}

function readGroup(name: string, value: unknown, at: At, draft: Draft): void {
  const { file } = at.source;
  for (const [section, inside, content] of entries(value ?? {}, at, `group "${name}"`, GROUP, draft)) {
    if (section === 'vars') {
      for (const [variable, where, one] of entries(
        content ?? {},
        inside,
        `the vars of "${name}"`,
        'a mapping',
        draft,
      )) {
        if (isVariable(variable, where, draft)) draft.setGroupVariable(name, variable, { value: one, at: where }, file);
      }
    } else if (section === 'children') {
      for (const [child, where, one] of named(content, inside, `the children of "${name}"`, draft)) {
        if (draft.addChild(name, child, where)) readGroup(child, one, where, draft);
      }
    } else if (section === 'hosts') {
      for (const [host, where, one] of named(content, inside, `the hosts of "${name}"`, draft)) {
        readHost(name, host, one, where, draft);
      }
    } else {
      const hint = suggestion(section, SECTIONS) ?? `a group has ${SECTIONS.join(', ')}; variables go under vars`;
      draft.problems.push(problem('UNKNOWN_KEY', `"${section}" is nothing that a group has`, inside, hint, 'key'));
    }
  }
}

const GROUP = `a mapping with ${SECTIONS.join(', ')}`;

function readHost(group: string, pattern: string, value: unknown, at: At, draft: Draft): void {
  // As Ansible: one colon and a number is a port; more colons are an IPv6 address.
  const [, bare, port] = /^([^:]*(?:\[[^\]]*\])?[^:[\]]*):([0-9]+)$/.exec(pattern) ?? [];
  const names = expanded(bare ?? pattern, at, draft);
  const vars = [...entries(value ?? {}, at, `host "${pattern}"`, 'a mapping of variables', draft)].filter(
    ([name, where]) => isVariable(name, where, draft),
  );
  for (const name of names) {
    if (!draft.addHost(name, group, at)) return;
    if (port !== undefined) draft.setHostVariable(name, 'ansible_port', { value: Number(port), at }, at.source.file);
    for (const [variable, where, one] of vars) {
      draft.setHostVariable(name, variable, { value: one, at: where }, at.source.file);
    }
  }
}

function expanded(pattern: string, at: At, draft: Draft): string[] {
  try {
    return expandRange(pattern);
  } catch (error) {
    if (!(error instanceof BadRange)) throw error;
    draft.problems.push(problem('BAD_RANGE', error.message, at, 'ranges are like web[01:10], [1:9:2] or [a:d]', 'key'));
    return [];
  }
}

function isVariable(name: string, at: At, draft: Draft): boolean {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return true;
  const hint = 'letters, digits and "_", not beginning with a digit';
  draft.problems.push(problem('BAD_NAME', `"${name}" cannot be the name of a variable`, at, hint, 'key'));
  return false;
}

type Item = readonly [name: string, at: At, value: unknown];

/** The hosts or children of a group; a single name may stand as text. */
function named(value: unknown, at: At, what: string, draft: Draft): Item[] {
  if (typeof value === 'string') return [[value, at, null]];
  return value === null ? [] : entries(value, at, what, 'a mapping: each name with a colon behind it', draft);
}

function entries(value: unknown, at: At, what: string, wanted: string, draft: Draft): Item[] {
  if (isMapping(value)) {
    return Object.entries(value).map(([key, inner]) => [key, { source: at.source, path: [...at.path, key] }, inner]);
  }
  draft.problems.push(problem('WRONG_TYPE', `${what} must be ${wanted}, found ${describe(value)}`, at));
  return [];
}

const problem = (code: string, message: string, at: At, hint?: string, part?: 'key'): Problem => ({
  code,
  message,
  place: placeOf(at, [], part),
  hint,
});
