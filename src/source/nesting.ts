/**
 * How deep the tokens nest: brackets exactly, block collections by the columns they start in (at most two columns
 * for each level). Also what is never closed.
 */
export class Nesting {
  /** Offsets of quotes and brackets without an end, or with the other bracket's. */
  readonly unclosed: number[] = [];
  readonly #text: string;
  readonly #brackets: number[] = [];
  readonly #columns: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  get inBrackets(): boolean {
    return this.#brackets.length > 0;
  }

  get depth(): number {
    return this.#brackets.length + this.#columns.length;
  }

  open(offset: number): void {
    this.#brackets.push(offset);
  }

  /** Closes the innermost bracket whatever its kind, as the parser does. */
  close(bracket: string): void {
    const offset = this.#brackets.pop();
    if (offset !== undefined && this.#text[offset] !== (bracket === '}' ? '{' : '[')) this.unclosed.push(offset);
  }

  /** Something that may start a block collection stands in this column. */
  block(column: number): void {
    if (this.inBrackets) return;
    while (this.#columns.length > 0 && this.#columns.at(-1)! >= column) this.#columns.pop();
    this.#columns.push(column);
  }

  newDocument(): void {
    this.#columns.length = 0;
  }

  finish(): number[] {
    return [...this.unclosed, ...this.#brackets].toSorted((a, b) => a - b);
  }
}
