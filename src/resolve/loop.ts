import { NetwrightError } from '../error.ts';
import type { RawTask } from '../playbook.ts';
import { placeOf, type At } from '../source.ts';
import { describe, isMapping } from '../validate.ts';
import type { Renderer } from './render.ts';
import type { Variables } from './scope.ts';

/** The items of a task's loop, in the order of the source; nothing where it has none. */
export function loopItems(raw: RawTask, scope: Variables, renderer: Renderer): readonly unknown[] | undefined {
  if (raw.loop === undefined) return undefined;
  const { word } = raw.loopControl;
  const at: At = { source: raw.at.source, path: [...raw.at.path, word] };
  const items = renderer.value(raw.loop, at, scope);
  // As Ansible: with_items takes anything, and takes lists in the list apart, one level deep.
  if (word === 'with_items') return ([items] as unknown[]).flat(2);
  if (word === 'with_dict' && isMapping(items)) return Object.entries(items).map(([key, value]) => ({ key, value }));
  if (word !== 'with_dict' && Array.isArray(items)) return items as unknown[];
  const isOther = word !== 'with_dict' && isMapping(items);
  throw new NetwrightError({
    code: 'WRONG_TYPE',
    message: `${word}: must be a ${word === 'with_dict' ? 'mapping' : 'list'}, found ${describe(items)}`,
    place: placeOf(at),
    hint: isOther ? 'to go through a mapping, add "| dict2items"' : undefined,
  });
}

/** What is shown of an item that has no label of its own. */
export function itemLabel(item: unknown, index: number): string {
  const shown = isMapping(item) ? (item.key ?? item.name) : item;
  const text = typeof shown === 'string' || typeof shown === 'number' ? String(shown) : `#${index + 1}`;
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
