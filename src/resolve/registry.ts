import { data, type Binding } from './scope.ts';
import type { Result } from './result.ts';

/** What the tasks of one host have registered, or will. Tasks are known by their place in the whole playbook. */
export class Registry {
  readonly #entries: { readonly ordinal: number; readonly name: string; binding: Binding; settled: boolean }[] = [];

  /** In the order of the playbook. */
  expect(ordinal: number, name: string, task: string): void {
    this.#entries.push({ ordinal, name, binding: { is: 'pending', task }, settled: false });
  }

  /** The result of a task that has run. */
  settle(ordinal: number, result: Result): void {
    const entry = this.#entries.find((one) => one.ordinal === ordinal);
    if (!entry) return;
    entry.binding = data(result);
    entry.settled = true;
  }

  /** What is known without running it: that it is skipped, or that it has to wait. Answers whether that is news. */
  foresee(ordinal: number, result: Result | undefined, task: string): boolean {
    const entry = this.#entries.find((one) => one.ordinal === ordinal);
    if (!entry || entry.settled) return false;
    const before = entry.binding.is;
    entry.binding = result === undefined ? { is: 'pending', task } : data(result);
    return entry.binding.is !== before;
  }

  /** What a task may use: the results of those before it. */
  before(ordinal: number): Map<string, Binding> {
    return new Map(this.#entries.filter((one) => one.ordinal < ordinal).map(({ name, binding }) => [name, binding]));
  }
}
