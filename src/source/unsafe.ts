/** A text that only looks like a template (`!unsafe "{{ x }}"`): kept apart, so that nothing renders it. */
export class Unsafe {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The same for a text where it matters. */
export const asUnsafe = (text: string): string | Unsafe => (/\{[{%#]/.test(text) ? new Unsafe(text) : text);
