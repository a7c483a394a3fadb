import { NetwrightError } from '../error.ts';

export const TEMPLATE_ERROR = 'TEMPLATE_ERROR';
export const UNDEFINED_VARIABLE = 'UNDEFINED_VARIABLE';

/** What is wrong in one template text; whoever knows where the text stands makes a problem with a place of it. */
export class TemplateFault extends Error {
  override readonly name = 'TemplateFault';
  readonly code: string;
  readonly hint: string | undefined;
  /** UTF-16 units from the start of the template's text; absent where nobody can tell. */
  readonly offset: number | undefined;
  readonly length: number | undefined;

  constructor(
    code: string,
    message: string,
    more: { readonly hint?: string | undefined; readonly offset?: number; readonly length?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.hint = more.hint;
    this.offset = more.offset;
    this.length = more.length;
  }
}

/** Whether an error only says that a variable is missing: `is defined` and `default` are made for those. */
export const saysUndefined = (error: unknown): boolean =>
  error instanceof TemplateFault
    ? error.code === UNDEFINED_VARIABLE
    : error instanceof NetwrightError && error.problems.every(({ code }) => code === UNDEFINED_VARIABLE);
