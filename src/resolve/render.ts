import { randomUUID } from 'node:crypto';
import { NetwrightError, type Problem } from '../error.ts';
import type { Secrets } from '../secret.ts';
import { placeOf, Unsafe, Vaulted, type At } from '../source.ts';
import { holdsTemplate, TemplateFault, type Scope, type Templates } from '../template.ts';
import type { SourceFile, Sources, Wants } from '../task.ts';
import { within } from '../within.ts';
import { Pending } from './pending.ts';

/** What `default(omit)` gives: an option with this value is left out. No host can guess it and so take an option away. */
export const OMIT = `omit-${randomUUID()}`;

/** What Ansible's templates say at their top: `ansible_managed`. */
export const MANAGED = 'Ansible managed';

/** From where names of files count, where no task's place says so. */
export interface Near {
  /** The folder of the role that a task is in. */
  readonly role: string | undefined;
  /** The folder of the playbook. */
  readonly folder: string;
}

/** Renders texts that stand at known places. */
export interface Renderer {
  /**
   * Every template inside of a value; what has none stays the same object. Throws a NetwrightError with all that is
   * wrong, or `Pending` if nothing is wrong but something not known yet.
   */
  value(value: unknown, at: At | undefined, scope: Scope): unknown;
  condition(text: string, at: At | undefined, scope: Scope): boolean;
  /** The value of a bare expression; `undefined` where it is a variable that there is not. */
  expression(text: string, at: At | undefined, scope: Scope): unknown;
  /** Files of the project, rendered if they are templates. Throws as `value` does. */
  sources(wants: Wants, at: At | undefined, scope: Scope, near?: Near): Sources[string];
  /** Said by a variable that is missing something that is not known yet: what is undefined then may only have to wait. */
  lacks(pending: Pending): void;
}

/** How encrypted values are opened, and who is told of them. */
export interface Revealing {
  readonly reveal: (closed: Vaulted, at: At | undefined) => string;
  readonly secrets?: Secrets | undefined;
  readonly read?: ReadSources | undefined;
}

const NOTHING: Revealing = {
  reveal: (_, at) => {
    throw encrypted(at);
  },
};

/** Finds files of the project; throws a NetwrightError where they are not, or are not to be read. */
export type ReadSources = (
  wants: Wants,
  at: At | undefined,
  near?: Near,
) => { readonly file: string; readonly found: Sources[string] };

const readNothing: ReadSources = ({ path }, at) => {
  throw new NetwrightError({ code: 'NO_FILE', message: `there is no file ${path}`, place: at && placeOf(at) });
};

export function createRenderer(
  templates: Templates,
  { reveal, secrets, read = readNothing }: Revealing = NOTHING,
): Renderer {
  const plain = new WeakSet<object>();
  /** What variables used by the text that is being rendered were said to lack. */
  let lacking: Pending[] = [];

  const patient = <T>(work: () => T): T => {
    const outer = lacking;
    lacking = [];
    try {
      return work();
    } catch (error) {
      throw error instanceof TemplateFault && error.code === 'UNDEFINED_VARIABLE' ? (lacking[0] ?? error) : error;
    } finally {
      lacking = outer;
    }
  };

  /** Large data without any template is walked once, not for every loop item. */
  const isPlain = (value: object): boolean => {
    if (plain.has(value)) return true;
    if (value instanceof Vaulted || value instanceof Unsafe || Object.values(value).some(isSpecial)) return false;
    plain.add(value);
    return true;
  };
  const isSpecial = (value: unknown): boolean =>
    typeof value === 'object' && value !== null ? !isPlain(value) : holdsTemplate(value);

  const text = (value: string, at: At | undefined, scope: Scope): unknown => {
    if (!holdsTemplate(value)) return value;
    const met = secrets?.met;
    const rendered = placed(value, at, () => patient(() => templates.render(value, scope)));
    // What was made of a secret, by whatever filter, is one.
    if (secrets?.met !== met) secrets?.addMade(rendered, value);
    if (typeof rendered !== 'string' || rendered === OMIT || !rendered.includes(OMIT)) return rendered;
    const hint = 'an option is left out as a whole, or not at all';
    throw new NetwrightError({
      code: 'TEMPLATE_ERROR',
      message: '"omit" in the middle of a text',
      place: at && placeOf(at),
      hint,
    });
  };

  const value = (given: unknown, at: At | undefined, scope: Scope): unknown => {
    if (typeof given === 'string') return text(given, at, scope);
    if (typeof given !== 'object' || given === null || isPlain(given)) return given;
    if (given instanceof Unsafe) return given.text;
    if (given instanceof Vaulted) return reveal(given, at);
    // The same variable, wrong, may stand in many places.
    const problems = new Set<Problem>();
    let pending: Pending | undefined;
    const part = (inner: unknown, key: string | number): unknown => {
      try {
        return value(inner, at && { source: at.source, path: [...at.path, key] }, scope);
      } catch (error) {
        if (error instanceof Pending) pending ??= error;
        else if (error instanceof NetwrightError) for (const problem of error.problems) problems.add(problem);
        else throw error;
        return OMIT;
      }
    };
    const rendered: unknown = Array.isArray(given)
      ? given.map(part).filter((inner) => inner !== OMIT)
      : Object.fromEntries(
          Object.entries(given)
            .map(([key, inner]) => [key, part(inner, key)])
            .filter(([, inner]) => inner !== OMIT),
        );
    if (problems.size > 0) throw new NetwrightError([...problems]);
    if (pending) throw pending;
    placed('', at, () => {
      templates.weigh(rendered);
    });
    return rendered;
  };

  return {
    value,
    condition: (condition, at, scope) => placed(condition, at, () => patient(() => templates.test(condition, scope))),
    expression: (expression, at, scope) =>
      placed(expression, at, () => {
        try {
          return patient(() => templates.evaluate(expression, scope));
        } catch (error) {
          if (error instanceof TemplateFault && error.code === 'UNDEFINED_VARIABLE') return undefined;
          throw error;
        }
      }),
    sources: (wants, at, scope, near) => {
      const { file, found } = read(wants, at, near);
      if (wants.template !== true) return found;
      return {
        ...found,
        files: found.files.map((one) =>
          renderFile(one, file, (text) => patient(() => templates.renderFile(text, scope))),
        ),
      };
    },
    lacks: (pending) => {
      lacking.push(pending);
    },
  };
}

/** A template of the project, as it is rendered; what is wrong in it has its place there. */
function renderFile(source: SourceFile, file: string, render: (text: string) => string): SourceFile {
  const text = source.content.toString('utf8');
  try {
    return { ...source, content: Buffer.from(render(text)) };
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    const { code, message, hint, offset = 0, length } = error;
    const before = text.slice(0, offset).split('\n');
    const line = before.length;
    const place = {
      file,
      line,
      column: before.at(-1)!.length + 1,
      text: text.split('\n')[line - 1]!,
      length: length ?? 1,
    };
    throw new NetwrightError({ code, message, hint, place });
  }
}

/** Gives what goes wrong its place: in this text, or where the variable stands that this text uses. */
function placed<T>(text: string, at: At | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const place = at && placeOf(at);
    if (error instanceof TemplateFault) {
      const { code, message, hint, offset, length } = error;
      throw new NetwrightError({
        code,
        message,
        place: place && offset !== undefined ? within(place, text, offset, length) : place,
        hint,
      });
    }
    if (!(error instanceof NetwrightError)) throw error;
    const used = (problem: Problem): Problem => {
      if (problem.other !== undefined || !place) return problem;
      if (problem.place === undefined) return { ...problem, place };
      return { ...problem, other: { note: 'used at', place } };
    };
    throw new NetwrightError(error.problems.map(used), error.exit, error);
  }
}

const encrypted = (at: At | undefined): NetwrightError =>
  new NetwrightError({
    code: 'VAULT_PASSWORD',
    message: 'this value is encrypted, and cannot be read here',
    place: at && placeOf(at),
  });
