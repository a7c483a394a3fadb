import { suggestion } from '../error.ts';
import { TEMPLATE_ERROR, TemplateFault } from './fault.ts';
import { unquote, type Escapes, type Token } from './lex.ts';
import { rewriteOperator, type Rename } from './operator.ts';
import { FUNCTIONS, KEYWORDS, METHODS, methodFilter, REFUSED_FUNCTIONS, REFUSED_WORDS } from './words.ts';

/** A step from a value to a part of it; the index may itself be a variable. */
export type Step = string | number | Path;

/** `name.attribute[0][other.name]`, with a method that lists a mapping at its end perhaps. */
export interface Path {
  readonly root: string;
  readonly start: number;
  readonly end: number;
  readonly steps: readonly Step[];
  readonly view: View | undefined;
}

/** Methods of a mapping that we answer ourselves, in the order of the source (the engine sorts keys). */
export type View = 'items' | 'keys' | 'values';
const isView = (name: string): name is View => name === 'items' || name === 'keys' || name === 'values';

/** A variable in an expression: its path as far as it is known before the expression runs, and what follows. */
export interface Reference {
  readonly path: Path;
  /** Where the whole of it ends: after the calls and computed indexes that follow the path. */
  readonly end: number;
  /** Variables and names inside of what follows. */
  readonly inner: readonly Piece[];
  /** The template makes this name itself (`for`, `set`, `macro`). */
  readonly bound: boolean;
  /** Asked whether it is there (`is defined`, `default`), so it need not be. */
  readonly optional: boolean;
  /** Has computed indexes, so that only the running expression can find it missing. */
  readonly computed: boolean;
  /** How many methods are called on it that are filters of ours: so many brackets they close. */
  readonly methods: number;
}

/** Something in the text that is replaced before the engine sees it: a variable, a name, or a text in quotes. */
export type Piece = Reference | Rename;

/** What an expression may use besides variables. */
export interface Vocabulary {
  readonly filters: ReadonlySet<string>;
  readonly tests: ReadonlySet<string>;
}

/** Stands for `map(attribute=…)`, which in the engine would give nothing, silently, where the attribute is missing. */
export const PICK = 'nw__pick';
/** Made and checked by the engine alone. */
const ENGINE_NAMES: ReadonlySet<string> = new Set(['loop', 'caller', 'varargs', 'kwargs']);
/** Collections whose filters and tests are known by their bare names. */
const COLLECTION = /^(ansible\.(builtin|utils|netcommon)|community\.general)\./;

/** Finds every variable of an expression, in order; unknown filters, tests and functions are faults. */
export const findReferences = (
  tokens: readonly Token[],
  bound: ReadonlySet<string>,
  vocabulary: Vocabulary,
  escapes: Escapes,
  inText: boolean,
): readonly Piece[] => new ReferenceReader(tokens, bound, vocabulary, escapes, inText).scan(0, tokens.length);

class ReferenceReader {
  readonly #tokens: readonly Token[];
  readonly #bound: ReadonlySet<string>;
  readonly #vocabulary: Vocabulary;
  readonly #escapes: Escapes;
  readonly #inText: boolean;
  // An index may be read twice, as a known one and as an expression; nested ones would double each time.
  readonly #read = new Map<number, { reference: Reference; next: number }>();

  constructor(
    tokens: readonly Token[],
    bound: ReadonlySet<string>,
    vocabulary: Vocabulary,
    escapes: Escapes,
    inText: boolean,
  ) {
    this.#tokens = tokens;
    this.#bound = bound;
    this.#vocabulary = vocabulary;
    this.#escapes = escapes;
    this.#inText = inText;
  }

  scan(from: number, to: number): Piece[] {
    const pieces: Piece[] = [];
    let later: { readonly index: number; readonly piece: Piece }[] = [];
    const catchUp = (at: number): void => {
      pieces.push(...later.filter(({ index }) => index < at).map(({ piece }) => piece));
      later = later.filter(({ index }) => index >= at);
    };
    for (let at = from; at < to; at++) {
      const token = this.#tokens[at]!;
      catchUp(at);
      const operator = rewriteOperator(this.#tokens, at, to, this.#inText);
      pieces.push(...operator.now);
      if (operator.later) later.push(operator.later);
      if (token.type === 'string') at = this.#text(at, pieces);
      if (token.type !== 'name') continue;
      if (this.#is(at - 1, '|')) at = this.#qualified(at, this.#vocabulary.filters, 'filter', pieces);
      else if (this.#is(at - 1, '.') || KEYWORDS.has(token.text)) continue;
      else if (this.#word(at - 1, 'is') || (this.#word(at - 1, 'not') && this.#word(at - 2, 'is'))) {
        at = this.#qualified(at, this.#vocabulary.tests, 'test', pieces);
      } else if (this.#is(at + 1, '=')) {
        // The engine's `default` has no names for what it is given.
        if (OF_DEFAULT.has(token.text)) pieces.push({ rename: '', start: token.start, end: this.#tokens[at + 1]!.end });
      } else if (this.#is(at + 1, '(') && !this.#bound.has(token.text)) checkFunction(token);
      else {
        const { reference, next } = this.#reference(at);
        pieces.push(reference);
        at = next - 1;
      }
    }
    catchUp(to);
    return pieces;
  }

  #reference(index: number): { reference: Reference; next: number } {
    const read = this.#read.get(index) ?? this.#readReference(index);
    this.#read.set(index, read);
    return read;
  }

  #readReference(index: number): { reference: Reference; next: number } {
    const tokens = this.#tokens;
    const { text: root, start, end: rootEnd } = tokens[index]!;
    const bound = this.#bound.has(root);
    const steps: Step[] = [];
    const inner: Piece[] = [];
    let view: View | undefined;
    let end = rootEnd;
    // Once something is computed, nothing after it is known before the expression runs.
    let known = !bound;
    let called = false;
    let methods = 0;
    let at = index + 1;
    for (;;) {
      const key = tokens[at + 1];
      let step: Step | undefined;
      let next: number;
      if (this.#is(at, '(')) {
        next = this.#closing(at) + 1;
        inner.push(...this.scan(at + 1, next - 1));
        known = false;
      } else if (this.#is(at, '[')) {
        next = this.#closing(at) + 1;
        if (known) step = this.#knownIndex(at + 1, next - 1);
        if (step === undefined) inner.push(...this.scan(at + 1, next - 1));
        known &&= step !== undefined;
      } else if (this.#is(at, '.') && (key?.type === 'name' || key?.type === 'number')) {
        next = at + 2;
        if (!this.#is(next, '(')) step = key.type === 'number' ? Number(key.text) : key.text;
        else if (known && isView(key.text) && this.#is(next + 1, ')')) {
          view = key.text;
          next += 2;
          end = tokens[next - 1]!.end;
          known = false;
        } else {
          if (METHODS.has(key.text)) {
            next = this.#method(at, inner) + 1;
            methods += 1;
          }
          known = false;
        }
      } else break;
      if (known && step !== undefined) {
        steps.push(step);
        end = tokens[next - 1]!.end;
      }
      called = this.#is(at, '(');
      at = next;
    }
    const optional = this.#isOptional(index, at);
    const whole = tokens[at - 1]!.end;
    const computed = whole > end && !called && !optional && !ENGINE_NAMES.has(root);
    const path: Path = { root, start, end, steps, view };
    // The text of a computed reference is written twice; its inner ones must not be doubled again.
    const settled = computed ? inner.map(uncomputed) : inner;
    return { reference: { path, end: whole, inner: settled, bound, optional, computed, methods }, next: at };
  }

  /** An index that is known before the expression runs: a literal, or a variable. */
  #knownIndex(from: number, to: number): Step | undefined {
    const first = this.#tokens[from];
    const second = this.#tokens[from + 1];
    if (!first) return undefined;
    if (from + 1 === to && first.type === 'string') return unquote(first.text, this.#escapes);
    if (from + 1 === to && first.type === 'number') return Number(first.text);
    if (from + 2 === to && this.#is(from, '-') && second?.type === 'number') return -Number(second.text);
    if (first.type !== 'name' || KEYWORDS.has(first.text) || this.#is(from + 1, '(')) return undefined;
    const { reference, next } = this.#reference(from);
    const { path, end, bound } = reference;
    return next === to && end === path.end && !bound && path.view === undefined ? path : undefined;
  }

  /** A text in quotes, and a method of ours that is called on it: answers where that ends. */
  #text(index: number, pieces: Piece[]): number {
    const { text, start, end } = this.#tokens[index]!;
    const written = text.includes('\\') ? JSON.stringify(unquote(text, this.#escapes)) : text;
    const method = this.#is(index + 1, '.') && this.#is(index + 3, '(') ? this.#tokens[index + 2] : undefined;
    if (!method || !METHODS.has(method.text)) {
      if (written !== text) pieces.push({ rename: written, start, end });
      return index;
    }
    pieces.push({ rename: `(${written}`, start, end });
    return this.#method(index + 1, pieces);
  }

  /** The method of ours whose dot stands at `dot`, as a filter: answers where its call ends. */
  #method(dot: number, pieces: Piece[]): number {
    const name = this.#tokens[dot + 1]!;
    const close = this.#closing(dot + 2);
    const { end } = this.#tokens[close]!;
    pieces.push(
      { rename: ` | ${methodFilter(name.text)}`, start: this.#tokens[dot]!.start, end: name.end },
      ...this.scan(dot + 3, close),
      { rename: ')', start: end, end },
    );
    return close;
  }

  #isOptional(from: number, to: number): boolean {
    let [left, right] = [from - 1, to];
    while (this.#is(left, '(') && this.#is(right, ')') && this.#tokens[left - 1]?.type !== 'name') {
      [left, right] = [left - 1, right + 1];
    }
    if (this.#word(right, 'is')) {
      const test = this.#word(right + 1, 'not') ? right + 2 : right + 1;
      return this.#word(test, 'defined') || this.#word(test, 'undefined');
    }
    return this.#is(right, '|') && (this.#word(right + 1, 'default') || this.#word(right + 1, 'd'));
  }

  /** The name of a filter or test, `a.b.c` perhaps: answers where it ends. Its collection is dropped. */
  #qualified(index: number, known: ReadonlySet<string>, what: string, pieces: Piece[]): number {
    const tokens = this.#tokens;
    let last = index;
    while (this.#is(last + 1, '.') && tokens[last + 2]?.type === 'name') last += 2;
    const { start } = tokens[index]!;
    const name = tokens
      .slice(index, last + 1)
      .map(({ text }) => text)
      .join('');
    const bare = name.replace(COLLECTION, '');
    if (!known.has(bare)) {
      const hint =
        REFUSED_WORDS.get(bare) ??
        suggestion(
          bare,
          [...known].filter((word) => !word.startsWith('nw_')),
        );
      throw new TemplateFault(TEMPLATE_ERROR, `there is no ${what} "${name}"`, {
        offset: start,
        length: name.length,
        hint,
      });
    }
    const picks = bare === 'map' && this.#is(last + 1, '(') && this.#word(last + 2, 'attribute');
    if (picks || last > index) pieces.push({ rename: picks ? PICK : bare, start, end: tokens[last]!.end });
    return last;
  }

  /** The lexer has seen to it that every bracket is closed. */
  #closing(index: number): number {
    let depth = 0;
    for (let at = index; ; at++) {
      if (this.#tokens[at]!.type !== 'operator') continue;
      if (/^[([{]$/.test(this.#tokens[at]!.text)) depth += 1;
      else if (/^[)\]}]$/.test(this.#tokens[at]!.text) && --depth === 0) return at;
    }
  }

  #is(index: number, text: string): boolean {
    const token = this.#tokens[index];
    return token?.type === 'operator' && token.text === text;
  }

  #word(index: number, text: string): boolean {
    const token = this.#tokens[index];
    return token?.type === 'name' && token.text === text;
  }
}

const OF_DEFAULT: ReadonlySet<string> = new Set(['default_value', 'boolean']);

const uncomputed = (piece: Piece): Piece =>
  'rename' in piece ? piece : { ...piece, computed: false, inner: piece.inner.map(uncomputed) };

function checkFunction({ text, start }: Token): void {
  if (FUNCTIONS.has(text)) return;
  const why = Object.hasOwn(REFUSED_FUNCTIONS, text) ? REFUSED_FUNCTIONS[text] : undefined;
  const message = why === undefined ? `there is no function "${text}"` : `${text}() is not available`;
  const hint = why ?? suggestion(text, [...FUNCTIONS]);
  throw new TemplateFault(TEMPLATE_ERROR, message, { offset: start, length: text.length, hint });
}
