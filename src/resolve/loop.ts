import { NetwrightError } from '../error.ts';
import type { RawTask } from '../playbook.ts';
import { placeOf, type At } from '../source.ts';
import { printed } from '../template.ts';
import { describe, isMapping } from '../validate.ts';
import { lookUp } from './lookup.ts';
import type { Renderer } from './render.ts';
import type { Variables } from './scope.ts';

/** More than a bridge has ports, many times; and few enough to plan them all in a second or two. */
const MOST_ITEMS = 20_000;

/** The items of a task's loop, in the order of the source; nothing where it has none. */
export function loopItems(raw: RawTask, scope: Variables, renderer: Renderer): readonly unknown[] | undefined {
  if (raw.loop === undefined) return undefined;
  const { word } = raw.loopControl;
  const at: At = { source: raw.at.source, path: [...raw.at.path, word] };
  const items = anyItems(raw, at, scope, renderer);
  if (items.length <= MOST_ITEMS) return items;
  const message = `${word}: has ${items.length} items, and may have ${MOST_ITEMS}`;
  throw new NetwrightError({
    code: 'TOO_MANY_ITEMS',
    message,
    place: placeOf(at),
    hint: 'split it over several tasks',
  });
}

function anyItems(raw: RawTask, at: At, scope: Variables, renderer: Renderer): readonly unknown[] {
  const { word } = raw.loopControl;
  const items = renderer.value(raw.loop, at, scope);
  if (word !== 'loop') return itemsOf(word, items, raw, at, scope, renderer);
  if (Array.isArray(items)) return items as unknown[];
  throw new NetwrightError({
    code: 'WRONG_TYPE',
    message: `${word}: must be a list, found ${describe(items)}`,
    place: placeOf(at),
    hint: isMapping(items) ? 'to go through a mapping, add "| dict2items"' : undefined,
  });
}

/** As Ansible: the older loops are lookups, which take one thing as a list of it. */
function itemsOf(
  word: string,
  value: unknown,
  raw: RawTask,
  at: At,
  scope: Variables,
  renderer: Renderer,
): readonly unknown[] {
  const terms: readonly unknown[] = Array.isArray(value) ? value : value === null ? [] : [value];
  const { surroundings } = scope;
  const folder = raw.kind.kind.includes('vars') ? 'vars' : raw.kind.kind.includes('template') ? 'templates' : 'files';
  try {
    // A list in the list of with_list stays one.
    const found = lookUp(word.slice('with_'.length), {
      terms,
      options: {},
      scope,
      renderer,
      surroundings,
      near: scope.near(),
      folder,
    });
    return found ?? [];
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new NetwrightError({ code: 'WRONG_TYPE', message: `${word}: ${error.message}`, place: placeOf(at) });
  }
}

/** What is shown of an item that has no label of its own: its name, else all of it, as far as there is room. */
export function itemLabel(item: unknown): string {
  const shown = isMapping(item) ? (item.key ?? item.name ?? item) : item;
  const text = printed(shown).replaceAll(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
