import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { NetwrightError, suggestion, type Problem } from '../error.ts';
import { badCharacter, badEscape } from './characters.ts';
import { beyondBudget, MAX_ALIASES, MAX_DEPTH, MAX_ERRORS, MAX_NODES, type Budget } from './limits.ts';
import type { Locate } from './lines.ts';
import { asUnsafe } from './unsafe.ts';

/** Keys that reach into every object of JavaScript (CVE-2020-15366, CVE-2025-64718). */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export interface Plain {
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Alias, Node>;
}

/**
 * A tree as plain values, aliases and merge keys expanded into copies. Goes on after a problem;
 * throws a NetwrightError only where going on would be dangerous (a limit, a cycle).
 * `templates` holds the text of masked templates by offset.
 */
export function toPlain(
  document: Document.Parsed,
  locate: Locate,
  templates: ReadonlyMap<number, string>,
  budget: Pick<Budget, 'left'>,
): Plain {
  const problems: Problem[] = [];
  const targets = new Map<Alias, Node>();
  const anchors = new Map<string, Node>();
  const open = new Set<Node>();
  let nodes = 0;
  let uses = 0;
  /** Inside an expanded alias everything was reported already where the anchor is. */
  let expanding = 0;
  /** Inside of so many mappings and lists no text is a template. */
  let unsafe = 0;

  const at = (node: Node) => locate(node.range?.[0] ?? 0, node.range?.[1]);
  const report = (problem: Problem): void => {
    if (expanding === 0 && problems.length < MAX_ERRORS) problems.push(problem);
  };
  const stop = (code: string, message: string, node: Node, hint?: string): never => {
    throw new NetwrightError({ code, message, place: at(node), hint });
  };

  function convert(node: Node | null, depth: number): unknown {
    if (node === null) return null;
    if (++nodes > MAX_NODES) stop('TOO_MANY_NODES', `more than ${MAX_NODES} values`, node, 'split the file');
    if (--budget.left < 0) stop('TOO_MANY_NODES', beyondBudget, node, 'use fewer aliases');
    if (isAlias(node)) return expand(node, depth);
    if ('anchor' in node && typeof node.anchor === 'string') anchors.set(node.anchor, node);
    const isUnsafe = node.tag === '!unsafe';
    if (isScalar(node)) return scalar(node, unsafe > 0 || isUnsafe);
    if (depth >= MAX_DEPTH) stop('TOO_DEEP', `more than ${MAX_DEPTH} levels inside one another`, node);
    open.add(node);
    if (isUnsafe) unsafe++;
    const value = isMap<Node, Node | null>(node)
      ? mapping(node, depth + 1)
      : isSeq<Node>(node)
        ? node.items.map((item) => convert(item, depth + 1))
        : undefined;
    if (isUnsafe) unsafe--;
    open.delete(node);
    return value;
  }

  function expand(alias: Alias, depth: number): unknown {
    if (++uses > MAX_ALIASES)
      stop('TOO_MANY_ALIASES', `more than ${MAX_ALIASES} uses of aliases`, alias, 'use variables');
    const target = targets.get(alias) ?? anchors.get(alias.source);
    if (target === undefined) {
      const message = `no anchor &${alias.source} stands before this`;
      report({ code: 'UNKNOWN_ALIAS', message, place: at(alias), hint: suggestion(alias.source, [...anchors.keys()]) });
      return null;
    }
    if (open.has(target)) stop('CYCLIC_ALIAS', `*${alias.source} stands inside what it stands for`, alias);
    targets.set(alias, target);
    expanding++;
    const value = convert(target, depth);
    expanding--;
    return value;
  }

  function scalar(node: Scalar, isUnsafe = false): unknown {
    const { value, source } = node;
    const template = node.range ? templates.get(node.range[0]) : undefined;
    if (template !== undefined) return template;
    if (
      typeof value === 'number' &&
      Number.isInteger(value) &&
      !Number.isSafeInteger(value) &&
      /^[-+0-9xo]+$/i.test(source ?? '')
    ) {
      report({
        code: 'OUT_OF_RANGE',
        message: `${source} is too large for a number`,
        place: at(node),
        hint: 'put it in quotes if it is text',
      });
    }
    if (typeof value === 'string' && node.type === 'QUOTE_DOUBLE') {
      const bad = badEscape(value);
      if (bad !== undefined) report(badCharacter(bad, at(node), 'take the escape away'));
    }
    return isUnsafe && typeof value === 'string' ? asUnsafe(value) : value;
  }

  function mapping(map: YAMLMap<Node, Node | null>, depth: number): Record<string, unknown> {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    const keys = new Map<string, Node>();
    for (const pair of map.items) {
      const name = keyOf(pair, keys);
      const value = convert(pair.value, depth);
      if (name === undefined) continue;
      if (isMerge(pair.key)) {
        for (const [key, inherited] of sources(value, pair)) if (!merged.has(key)) merged.set(key, inherited);
      } else {
        own.set(name, value);
      }
    }
    // As PyYAML does: what is merged in comes first, and what stands here wins.
    return Object.fromEntries([...merged, ...own]);
  }

  /** The key's text, or nothing where the pair cannot be used. */
  function keyOf({ key }: Pair<Node, Node | null>, keys: Map<string, Node>): string | undefined {
    if (!isScalar(key) || typeof key.value !== 'string') return undefined;
    const template = key.range ? templates.get(key.range[0]) : undefined;
    if (key.anchor !== undefined) anchors.set(key.anchor, key);
    const name = template ?? key.value;
    const first = keys.get(name);
    if (first !== undefined) {
      const other = { note: 'it stands first at', place: at(first) };
      report({ code: 'DUPLICATE_KEY', message: `"${name}" stands twice in one mapping`, place: at(key), other });
      return undefined;
    }
    keys.set(name, key);
    if (name === '') {
      report({ code: 'BAD_KEY', message: 'a key is missing before the colon', place: at(key) });
      return undefined;
    }
    if (FORBIDDEN.has(name)) {
      report({ code: 'FORBIDDEN_KEY', message: `"${name}" cannot be a key`, place: at(key), hint: 'use another name' });
      return undefined;
    }
    scalar(key);
    return name;
  }

  function sources(value: unknown, { key, value: node }: Pair<Node, Node | null>): [string, unknown][] {
    const list = Array.isArray(value) ? (value as unknown[]) : [value];
    if (list.every((one) => typeof one === 'object' && one !== null && !Array.isArray(one))) {
      return list.flatMap((one) => Object.entries(one as object));
    }
    report({
      code: 'WRONG_TYPE',
      message: '<<: must be a mapping or a list of mappings',
      place: at(node ?? key),
      hint: 'write <<: *name',
    });
    return [];
  }

  return { value: convert(document.contents, 0), problems, targets };
}

/** Whether a key merges what stands behind it; in quotes it is an ordinary key. */
export const isMerge = (key: unknown): boolean => isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
