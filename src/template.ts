import { saysUndefined, TEMPLATE_ERROR, TemplateFault } from './template/fault.ts';
import { Engine, handleOf } from './template/engine.ts';
import { FILTERS } from './template/filters.ts';
import { look, missing, whole } from './template/look.ts';
import { compileExpression, compileTemplate, type Program, type State } from './template/program.ts';
import type { Reference, Vocabulary } from './template/reference.ts';
import { isTrue, shownInText } from './template/value.ts';
import type { Scope } from './template/scope.ts';
import { PATH_TESTS } from './template/path-tests.ts';
import { TESTS } from './template/tests.ts';
import { checkLength, Scales } from './template/weight.ts';
import { ENGINE_FILTERS, ENGINE_TESTS } from './template/words.ts';

export { TemplateFault, TEMPLATES_TOO_LONG } from './template/fault.ts';
export { regex } from './template/filters/regex.ts';
export { LazyMapping, scopeOf, type AtPath, type Scope } from './template/scope.ts';

/** Jinja2, as Ansible's users write it. What is wrong is thrown as a `TemplateFault`, or as the scope throws it. */
export interface Templates {
  /** One `{{ … }}` keeps the type of its value; any other text gives a text. Not recursive: values are data. */
  render(text: string, scope: Scope): unknown;
  /** The text of a template file: unlike in a playbook, a backslash in quotes is Python's there. */
  renderFile(text: string, scope: Scope): string;
  /** A condition, as `when` has it: a bare expression. */
  test(expression: string, scope: Scope): boolean;
  /** The value of a bare expression. */
  evaluate(expression: string, scope: Scope): unknown;
  /** Throws where what was put together of rendered values is too large. */
  weigh(value: unknown): void;
}

const VOCABULARY: Vocabulary = {
  filters: new Set([...ENGINE_FILTERS, ...Object.keys(FILTERS)]),
  tests: new Set([...ENGINE_TESTS, ...Object.keys(TESTS), ...PATH_TESTS]),
};

/** Whether a text, or any text inside of a list or mapping, is a template. A shell's `${#name}` alone makes none. */
export function holdsTemplate(value: unknown): boolean {
  if (typeof value === 'string') return /\{[{%]/.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsTemplate);
}

/** Each text is compiled once for as long as this lives. The more hosts, the more time may be spent on all of them. */
export function createTemplates(hosts = 1): Templates {
  const engine = new Engine(hosts);
  const scales = new Scales();
  const templates = remembering((text) => compileTemplate(text, VOCABULARY, 'kept'));
  const files = remembering((text) => compileTemplate(text, VOCABULARY, 'python'));
  const expressions = remembering((text) => compileExpression(text, VOCABULARY));
  const weighed = (program: Program, scope: Scope): unknown => {
    const value = run(program, scope, engine);
    // A variable that is only named was weighed when it was made.
    if (!program.parts || !program.native) scales.weigh(value);
    return value;
  };
  const evaluate = (text: string, scope: Scope): unknown => weighed(expressions(text), scope);
  const rendered = (programs: (text: string) => Program, text: string, scope: Scope): unknown =>
    holdsTemplate(text) ? ended(programs(text), weighed(programs(text), scope)) : text;
  return {
    render: (text, scope) => rendered(templates, text, scope),
    renderFile: (text, scope) => shownInText(rendered(files, text, scope)),
    evaluate,
    weigh: (value) => {
      scales.weigh(value);
    },
    test: (text, scope) =>
      condition(holdsTemplate(text) ? bare(text, templates, scope, engine) : evaluate(text, scope)),
  };
}

/** A line end behind a single expression is a part of the text that it gives, and of nothing else. */
const ended = ({ native, text }: Program, value: unknown): unknown =>
  native && typeof value === 'string' && /[^-]\}\}\n$/.test(text) ? `${value}\n` : value;

function remembering(compile: (text: string) => Program): (text: string) => Program {
  const known = new Map<string, Program>();
  return (text) => {
    let program = known.get(text);
    if (!program) known.set(text, (program = compile(text)));
    return program;
  };
}

/** `when: "{{ x }}"` is no good style, but what it means is clear. */
function bare(text: string, templates: (text: string) => Program, scope: Scope, engine: Engine): unknown {
  const program = templates(text);
  if (program.native) return run(program, scope, engine);
  throw new TemplateFault(TEMPLATE_ERROR, 'a condition is one bare expression', {
    offset: 0,
    hint: 'write it without {{ and }}',
  });
}

function condition(value: unknown): boolean {
  if (typeof value !== 'string') return isTrue(value);
  throw new TemplateFault(TEMPLATE_ERROR, `the condition is the text "${value.slice(0, 40)}", neither true nor false`, {
    offset: 0,
    hint: 'compare it, or add "| bool" or "| length > 0"',
  });
}

function run(program: Program, scope: Scope, engine: Engine): unknown {
  const { parts, native, text, references } = program;
  if (parts) {
    const values = parts.map((part) => (typeof part === 'string' ? part : whole(look(part, scope, text))));
    return native ? values[0] : values.map(shownInText).reduce(joined, '');
  }
  const given: Record<string, unknown> = {};
  const before: Record<string, unknown> = {};
  const handed = new Map<string, unknown>();
  const errors: unknown[] = [];
  const states = references.map((reference, index): State => {
    if (reference.bound) return giveBound(reference, scope, before);
    try {
      const value = whole(look(reference.path, scope, text));
      const slot = program.slot(index);
      if (program.extracted.has(reference)) handed.set(slot, value);
      given[slot] = handed.has(slot) ? handleOf(slot) : program.iterated.has(reference) ? keysOf(value) : value;
      return 'given';
    } catch (error) {
      if (reference.optional && saysUndefined(error)) return 'absent';
      errors[index] = error;
      return 'failing';
    }
  });
  const name = `${program.slot(0)}:${states.map((state) => state[0]).join('')}`;
  return engine.run(program, name, () => program.source(states), {
    given,
    before,
    handed,
    lookup: (which, terms, options) => {
      if (scope.lookup) return scope.lookup(which, terms, options);
      throw new TypeError('there are no lookups here');
    },
    about: (path) => {
      if (scope.about) return scope.about(path);
      throw new TypeError('there are no files here');
    },
    fail: (index) => {
      const { path } = references[index]!;
      if (errors[index] !== undefined) throw errors[index] as Error;
      throw missing({ ...path, end: references[index]!.end }, text, '', () => []);
    },
  });
}

function joined(all: string, text: string): string {
  checkLength(all.length + text.length);
  return all + text;
}

/** What a template sets itself may be there before: `{% set x = x + 1 %}`. */
function giveBound({ path: { root } }: Reference, scope: Scope, given: Record<string, unknown>): State {
  try {
    const value = whole(scope.get(root));
    if (value !== undefined) given[root] = value;
  } catch {
    // Not known yet, or wrong: the template most likely sets it before it uses it.
  }
  return 'given';
}

const keysOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : value;

/** JSON with the spaces that Python puts between its parts. */
export { pythonJson } from './template/filters/format.ts';

/** Python's `%`. */
export { formatted } from './template/filters/text.ts';

/** A value as Python prints it. */
export { printed } from './template/value.ts';
