import { MissingPart } from './filters/filter.ts';
import { TEMPLATE_ERROR, TemplateFault, UNDEFINED_VARIABLE } from './fault.ts';
import type { Program } from './program.ts';

/** Whether the engine broke rather than said no; its memory may be anything then. */
export const isPanic = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'RuntimeError' || error.message.includes('recursive use of an object'));

/** What the engine says, as a fault. */
export function explain(error: unknown, program: Program): unknown {
  if (!(error instanceof Error) || error instanceof TemplateFault) return error;
  if (isPanic(error)) {
    return new TemplateFault(TEMPLATE_ERROR, 'the template is too much for its engine', { offset: program.offset });
  }
  const where = error.message.indexOf(' (in ');
  const said = where < 0 ? error.message.split('\n')[0]! : error.message.slice(0, where);
  const message = readable(said.replace(/^invalid operation: /, ''));
  const line = /:([0-9]+)\)/.exec(error.message.slice(where < 0 ? error.message.length : where))?.[1];
  const offset = offsetOfLine(program, Number(line ?? 1));
  if (message === 'undefined value') {
    return new TemplateFault(UNDEFINED_VARIABLE, 'a part of the expression is not defined', { offset });
  }
  return new TemplateFault(TEMPLATE_ERROR, message, { offset, hint: hintFor(program, offset, message) });
}

/** An error of one of our own filters; the template's text tells where that is. */
export class FilterFault extends Error {
  readonly filter: string;

  constructor(filter: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.filter = filter;
  }
}

/** Gives an error its place in the template, as far as it can be told. */
export function located(cause: unknown, program: Program): unknown {
  if (cause instanceof FilterFault) {
    const { text } = program;
    const match = new RegExp(`(?:\\||\\bis(?:\\s+not)?\\b)\\s*(?:\\w+\\.)*${cause.filter}\\b`).exec(text);
    const offset = match ? match.index + match[0].length - cause.filter.length : program.offset;
    const hint = cause.cause instanceof TemplateFault ? cause.cause.hint : undefined;
    const code = cause.cause instanceof MissingPart ? UNDEFINED_VARIABLE : TEMPLATE_ERROR;
    return new TemplateFault(code, `${cause.filter}: ${cause.message}`, {
      offset,
      length: match ? cause.filter.length : undefined,
      hint,
    });
  }
  if (cause instanceof TemplateFault && cause.offset === undefined) {
    return new TemplateFault(cause.code, cause.message, { offset: program.offset, hint: () => cause.hint });
  }
  return cause;
}

/** The first expression of a line; our sources have the same lines as the template's text. */
function offsetOfLine({ text, offset }: Program, line: number): number {
  let start = 0;
  for (let number = 1; number < line; number++) start = text.indexOf('\n', start) + 1;
  const opening = text.slice(start).search(/\{[{%]/);
  return line <= 1 ? offset : opening < 0 ? start : start + opening;
}

/** Our brackets around the expression show in the engine's messages. */
const readable = (message: string): string =>
  message
    .replace('unexpected `)`', 'the expression ends too early')
    .replace(', expected `)`', '')
    .replace(
      /^.* can't be represented as a JavaScript number$/,
      'a whole number is too large: beyond 2^53 none is exact',
    );

function hintFor({ text }: Program, offset: number, message: string): string | undefined {
  if (message.startsWith('unknown method')) return 'instead of x.get(k, d), write x[k] | default(d)';
  return text[offset] === '.' ? `to have it as text, write {{ '{{' }}` : undefined;
}
