import { NetwrightError, suggestion, type Problem } from '../error.ts';
import type { RawPlay, RawTask } from '../playbook.ts';
import { placeOf } from '../source.ts';
import { Pending } from './pending.ts';
import type { Renderer } from './render.ts';
import type { BoundTask } from './types.ts';

/** The handlers of a play by the names that notify them. */
export class Handlers {
  readonly #places = new Map<string, number[]>();
  readonly #names: readonly string[];

  /** `nameOf` renders a name; of several handlers with one name the last counts, a topic is for all that listen to it. */
  constructor({ handlers }: RawPlay, nameOf: (handler: RawTask) => string) {
    this.#names = handlers.map(nameOf);
    for (const [place, handler] of handlers.entries()) {
      const name = this.#names[place]!;
      this.#places.set(name, [place]);
      if (handler.role) this.#places.set(`${handler.role.name} : ${name}`, [place]);
    }
    for (const [place, { topics }] of handlers.entries()) {
      for (const topic of topics) this.#places.set(topic, [...new Set([...(this.#places.get(topic) ?? []), place])]);
    }
  }

  /** The handlers that a task notifies when it changes something. What is not known yet is left out. */
  notifiedBy({ raw, scope }: BoundTask, renderer: Renderer): { places: number[]; problems: Problem[] } {
    const problems: Problem[] = [];
    const places = raw.notify.flatMap(({ value, at }) => {
      try {
        return [renderer.value(value, at, scope)].flat().flatMap((name) => {
          const found = this.#places.get(String(name));
          if (found) return found;
          const message = `notify: there is no handler "${String(name)}"`;
          const hint = suggestion(String(name), [...this.#places.keys()]) ?? 'add it under handlers';
          problems.push({ code: 'UNKNOWN_HANDLER', message, place: placeOf(at), hint });
          return [];
        });
      } catch (error) {
        if (error instanceof NetwrightError) problems.push(...error.problems);
        else if (!(error instanceof Pending)) throw error;
        return [];
      }
    });
    return { places: [...new Set(places)].toSorted((a, b) => a - b), problems };
  }

  /** The name of a handler by its place. */
  name(place: number): string {
    return this.#names[place] ?? '';
  }

  /** The places of handlers by a name that an earlier run left. */
  named(name: string): readonly number[] {
    return this.#names.flatMap((one, place) => (one === name ? [place] : []));
  }
}
