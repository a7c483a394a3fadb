import { NetwrightError } from '../error.ts';

export const TEMPLATE_ERROR = 'TEMPLATE_ERROR';
export const UNDEFINED_VARIABLE = 'UNDEFINED_VARIABLE';
/** Said of every template that is left when no more time may be spent on them. */
export const TEMPLATES_TOO_LONG = 'TEMPLATES_TOO_LONG';

/** The way out; a function where finding it costs something, as most faults of `is defined` are never shown. */
type Hint = string | (() => string | undefined) | undefined;

/** What is wrong in one template text; whoever knows where the text stands makes a problem with a place of it. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
  readonly code: string;
  /** UTF-16 units from the start of the template's text; absent where nobody can tell. */
  readonly offset: number | undefined;
  readonly length: number | undefined;
  readonly #hint: Hint;

  constructor(
    code: string,
    message: string,
    more: { readonly hint?: Hint; readonly offset?: number | undefined; readonly length?: number | undefined } = {},
  ) {
    super(message);
    this.code = code;
    this.#hint = more.hint;
    this.offset = more.offset;
    this.length = more.length;
  }

  get hint(): string | undefined {
    return typeof this.#hint === 'function' ? this.#hint() : this.#hint;
  }
}

/** Whether an error only says that a variable is missing: `is defined` and `default` are made for those. */
export const saysUndefined = (error: unknown): boolean =>
  error instanceof TemplateFault
    ? error.code === UNDEFINED_VARIABLE
    : error instanceof NetwrightError && error.problems.every(({ code }) => code === UNDEFINED_VARIABLE);
