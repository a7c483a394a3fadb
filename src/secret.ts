/** What stands in every output where a secret would. */
export const BLANK = '***';
/** A shorter text is blanked only where it stands alone: a password "on" must not eat every "on" in a word. */
const SHORT = 4;
/** So much of a value is in a message, with the quote before it. */
export const SHOWN = 60;

/**
 * Texts that nobody may read: what a vault held, and what was made of it. They are known by their value, so that they
 * are blanked wherever they turn up: in a plan, in what a host answers, in an error, in a line of somebody's file.
 */
export class Secrets {
  readonly #texts = new Set<string>();
  #pattern: RegExp | undefined;
  #met = 0;

  /** How often a secret was handed out; what is made meanwhile may be one too. */
  get met(): number {
    return this.#met;
  }

  /** Takes every text and number inside of a value. */
  add(value: unknown): void {
    if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) this.add(inner);
    if (typeof value === 'number') this.#take(String(value));
    if (typeof value !== 'string') return;
    for (const text of [value, ...value.split('\n')]) this.#take(text.trim());
  }

  /**
   * Takes what a template made of a secret, whatever filters it has; but not what stands in the template as it is, nor
   * what became too short to tell.
   */
  addMade(value: unknown, template: string): void {
    if (typeof value === 'object' && value !== null) {
      for (const inner of Object.values(value)) this.addMade(inner, template);
    }
    if (typeof value !== 'string') return;
    for (const text of [value, ...value.split('\n')]) {
      if (text.trim().length >= SHORT && !template.includes(text.trim())) this.#take(text.trim());
    }
  }

  /** Said of every value that is used: whether it holds a secret. */
  note(value: unknown): void {
    if (this.#texts.size > 0 && this.isIn(value)) this.#met += 1;
  }

  isIn(value: unknown): boolean {
    if (this.#texts.size === 0) return false;
    if (typeof value === 'string' || typeof value === 'number') return this.blank(String(value)) !== String(value);
    return typeof value === 'object' && value !== null && Object.values(value).some((inner) => this.isIn(inner));
  }

  blank(text: string): string {
    if (this.#texts.size === 0) return text;
    this.#pattern ??= patternOf([...this.#texts]);
    return text.replace(this.#pattern, BLANK);
  }

  /** The same value with every text in it blanked. */
  clean<T>(value: T): T {
    if (this.#texts.size === 0) return value;
    return this.#clean(value) as T;
  }

  #clean(value: unknown): unknown {
    if (typeof value === 'string') return this.blank(value);
    // A short one is rather a count of ours.
    if (typeof value === 'number') return String(value).length >= SHORT && this.isIn(value) ? BLANK : value;
    if (Array.isArray(value)) return value.map((inner) => this.#clean(inner));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#clean(inner)]));
  }

  #take(text: string): void {
    // No text; and what is nothing but one of these says nothing.
    if (text === '' || this.#texts.has(text) || /^(?:true|false|null|[-{}[\]|>]+)$/.test(text)) return;
    this.#pattern = undefined;
    // Quoted for a shell, and for JSON, it looks different; and a message may show the beginning of it only.
    const json = JSON.stringify(text).slice(1, -1);
    for (const form of [text, text.replaceAll("'", "'\\''"), json]) this.#texts.add(form);
    if (json.length + 2 > SHOWN) this.#texts.add(json.slice(0, SHOWN - 1));
  }
}

/** The longest first: one may be a part of another. */
function patternOf(texts: readonly string[]): RegExp {
  const parts = texts
    .toSorted((a, b) => b.length - a.length)
    .map((text) => {
      const source = text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
      const isAlone = text.length < SHORT || /^[0-9.]+$/.test(text);
      return isAlone ? `(?<![\\w.:/-])${source}(?![\\w:/-]|\\.\\w)` : source;
    });
  return new RegExp(parts.join('|'), 'g');
}
