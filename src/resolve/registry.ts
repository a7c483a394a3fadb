import { isDeepStrictEqual } from 'node:util';
import type { Variable } from '../inventory.ts';
import { data, written, type Binding } from './scope.ts';

/** What a task gives a name: a value, one that is rendered when it is used, nothing (it leaves the name alone), or it is not known yet. */
export type Given = { readonly value: unknown } | { readonly written: Variable } | 'nothing' | 'pending';

interface Entry {
  readonly ordinal: number;
  readonly name: string;
  readonly task: string;
  binding: Binding | undefined;
  settled: boolean;
}

/** What the tasks of one host have registered or set, or will. Tasks are known by their place in the whole playbook. */
export class Registry {
  readonly #entries: Entry[] = [];

  /** In the order of the playbook. */
  expect(ordinal: number, name: string, task: string): void {
    this.#entries.push({ ordinal, name, task, binding: { is: 'pending', task }, settled: false });
  }

  /** The result of a task that has run. */
  settle(ordinal: number, name: string, given: Given): void {
    const entry = this.#find(ordinal, name);
    if (!entry) return;
    entry.binding = bindingOf(given, entry);
    entry.settled = true;
  }

  /** What is known without running it: that it is skipped, or that it has to wait. Answers whether that is news. */
  foresee(ordinal: number, name: string, given: Given): boolean {
    const entry = this.#find(ordinal, name);
    if (!entry || entry.settled) return false;
    const before = entry.binding;
    entry.binding = bindingOf(given, entry);
    return !isDeepStrictEqual(before, entry.binding);
  }

  /** What a task may use: the results of those before it. */
  before(ordinal: number): Map<string, Binding> {
    return new Map(
      this.#entries.flatMap(({ ordinal: own, name, binding }) =>
        own < ordinal && binding !== undefined ? [[name, binding] as const] : [],
      ),
    );
  }

  #find(ordinal: number, name: string): Entry | undefined {
    return this.#entries.find((one) => one.ordinal === ordinal && one.name === name);
  }
}

const bindingOf = (given: Given, { task }: Entry): Binding | undefined => {
  if (given === 'nothing') return undefined;
  if (given === 'pending') return { is: 'pending', task };
  return 'written' in given ? written(given.written) : data(given.value);
};
