import { isAlias, isMap, isScalar, isSeq, type Alias, type Document, type Node, type Pair } from 'yaml';
import type { Source } from './types.ts';
import type { Locate } from './lines.ts';
import { isMerge } from './plain.ts';

interface Found {
  readonly key?: Node;
  readonly value: Node | null;
}

/** Walks the tree along a path, only when somebody asks. */
export function placer(document: Document.Parsed, locate: Locate, targets: ReadonlyMap<Alias, Node>): Source['place'] {
  const real = (node: Node | null): Node | null => (isAlias(node) ? (targets.get(node) ?? null) : node);

  const child = (parent: Node | null, step: string | number): Found | undefined => {
    const node = real(parent);
    if (isSeq<Node>(node)) {
      const item = typeof step === 'number' ? node.items[step] : undefined;
      return item && { value: item };
    }
    if (!isMap<Node, Node | null>(node)) return undefined;
    const own = node.items.find(({ key }) => isScalar(key) && key.value === String(step) && !isMerge(key));
    return own ?? merged(node.items, step);
  };

  const merged = (items: readonly Pair<Node, Node | null>[], step: string | number): Found | undefined => {
    for (const { key, value } of items) {
      if (!isMerge(key)) continue;
      const source = real(value);
      for (const map of isSeq<Node>(source) ? source.items : [source]) {
        const found = child(map, step);
        if (found) return found;
      }
    }
    return undefined;
  };

  return (path, part = 'value') => {
    let found: Found = { value: document.contents };
    for (const step of path) {
      const next = child(found.value, step);
      if (!next) break;
      found = next;
    }
    const { key, value } = found;
    const empty = value?.range === undefined || value.range === null || value.range[0] === value.range[1];
    const node = key && (part === 'key' || empty) ? key : value;
    return locate(node?.range?.[0] ?? 0, node?.range?.[1]);
  };
}
