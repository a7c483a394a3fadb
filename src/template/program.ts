import { TEMPLATE_ERROR, TemplateFault } from './fault.ts';
import { lexExpression, lexTemplate, unquote, type Escapes, type Section } from './lex.ts';
import { findReferences, type Path, type Piece, type Reference, type Vocabulary } from './reference.ts';
import { boundNames, expressionOf } from './statement.ts';
import { HEAVY } from './words.ts';

/** Names that the engine's source uses for what is ours. */
const SLOT = 'nw__v';
export const RESULT = 'nw__result';
export const TEXT = 'nw__text';
export const FAIL = 'nw__fail';
const ABSENT = 'nw__absent';
const OUTPUT = 'nw__o';

/** Whether a variable has a value, is missing where it may be, or must fail if it is used. */
export type State = 'given' | 'absent' | 'failing';

/** A template, read once and rendered often. */
export interface Program {
  readonly text: string;
  /** Texts and variables in order, where there is nothing else: needs no engine. */
  readonly parts: readonly (string | Path)[] | undefined;
  /** One expression whose value keeps its type. */
  readonly native: boolean;
  /** Takes about as long as its values are, at most. */
  readonly light: boolean;
  readonly references: readonly Reference[];
  /** Mappings that `for` goes through: their keys are given, in the source's order. */
  readonly iterated: ReadonlySet<Reference>;
  /** Mappings and lists that `extract` takes parts of: only a handle of theirs goes through the engine, for each part. */
  readonly extracted: ReadonlySet<Reference>;
  /** Mappings with the keys of those that stand in the text, in their order. */
  readonly literals: readonly object[];
  /** Where the first expression starts. */
  readonly offset: number;
  /** The name of a reference's value in the source. */
  slot(index: number): string;
  source(states: readonly State[]): string;
}

/** Longer texts cost more than any playbook needs; the engine can be driven to overflow by them. */
const MAX_LENGTH = 64 * 1024;

let count = 0;

/** `escapes` says what a backslash means in a text inside of `{{ … }}`. */
export function compileTemplate(text: string, vocabulary: Vocabulary, escapes: Escapes): Program {
  checkLength(text);
  const sections = lexTemplate(text);
  return assemble(text, sections, isSingle(text, sections), vocabulary, escapes);
}

/** A bare expression, as `when` has it. */
export function compileExpression(text: string, vocabulary: Vocabulary): Program {
  checkLength(text);
  const tokens = lexExpression(text);
  if (tokens.length === 0) throw new TemplateFault(TEMPLATE_ERROR, 'the expression is empty', { offset: 0 });
  const whole = { type: 'output', start: 0, end: text.length, tokens, trimBefore: false, trimAfter: false } as const;
  return assemble(text, [whole], true, vocabulary, 'python');
}

function checkLength(text: string): void {
  if (text.length <= MAX_LENGTH) return;
  throw new TemplateFault(TEMPLATE_ERROR, `the template is longer than ${MAX_LENGTH / 1024} kB`, {
    hint: 'put the text into a file of its own',
  });
}

/** One `{{ … }}` and nothing else; a block scalar's last line end does not count. */
function isSingle(text: string, sections: readonly Section[]): boolean {
  const [first, second, ...rest] = sections;
  if (first?.type !== 'output' || rest.length > 0) return false;
  return second === undefined || (second.type === 'text' && text.slice(second.start) === '\n');
}

function assemble(
  text: string,
  sections: readonly Section[],
  native: boolean,
  vocabulary: Vocabulary,
  escapes: Escapes,
): Program {
  const id = count++;
  const bound = boundNames(sections);
  const iterated = new Set<Reference>();
  const extracted = new Set<Reference>();
  const read = sections.map((section) => {
    if (section.type === 'text' || section.type === 'verbatim') return { section, pieces: [] };
    const tokens = section.type === 'output' ? section.tokens : expressionOf(section);
    const isOutput = section.type === 'output';
    const pieces = findReferences(tokens, bound, vocabulary, isOutput ? escapes : 'python', isOutput && !native);
    if (section.type === 'output' && tokens.length === 0) {
      throw new TemplateFault(TEMPLATE_ERROR, 'the expression is empty', { offset: section.start, length: 2 });
    }
    const [first] = pieces;
    if (section.tokens[0]?.text === 'for' && first && isIterated(first, tokens)) iterated.add(first);
    for (const piece of pieces) if (isListed(piece, tokens)) iterated.add(piece);
    for (const piece of pieces) if (isExtracted(piece, tokens)) extracted.add(piece);
    return { section, pieces };
  });
  const references = read.flatMap(({ pieces }) => pieces.flatMap(withInner));
  const numbers = new Map(references.map((reference, index) => [reference, index]));
  const slot = (index: number): string => `${SLOT}${id}_${index}`;

  const source = (states: readonly State[]): string => {
    const between = (from: number, to: number, pieces: readonly Piece[]): string => {
      let written = '';
      let at = from;
      for (const piece of pieces) {
        written += text.slice(at, startOf(piece)) + ('rename' in piece ? piece.rename : one(piece));
        at = piece.end;
      }
      return written + text.slice(at, to);
    };
    const one = (reference: Reference): string => {
      const { path, end, inner, methods } = reference;
      const number = numbers.get(reference)!;
      if (!reference.bound && states[number] === 'absent') return ABSENT;
      if (!reference.bound && states[number] === 'failing') return `${FAIL}(${number})`;
      const own = '('.repeat(methods) + (reference.bound ? path.root : slot(number));
      const whole = own + between(path.end, end, inner);
      return reference.computed ? `(${whole} if ${whole} is defined else ${FAIL}(${number}))` : whole;
    };
    return read
      .map(({ section: { type, start, end, tokens, trimBefore, trimAfter }, pieces }) => {
        if (type === 'text') return native ? '' : text.slice(start, end);
        if (type !== 'output') return between(start, end, pieces);
        const inside = between(tokens[0]!.start, tokens.at(-1)!.end, pieces);
        // What a JavaScript function is given does not tell undefined from none.
        const opening = `{%${trimBefore ? '-' : ''} set ${OUTPUT} = (${inside}) %}`;
        return `${opening}{{ ${native ? RESULT : TEXT}(${OUTPUT} is undefined, ${OUTPUT}) ${trimAfter ? '-' : ''}}}`;
      })
      .join('');
  };

  const parts = partsOf(text, read);
  const offset = sections.find(({ type }) => type === 'output' || type === 'statement')?.tokens[0]?.start ?? 0;
  const light = !sections.some(({ tokens }) =>
    tokens.some((token) => token.type !== 'string' && HEAVY.has(token.text)),
  );
  const literals = sections.flatMap(({ tokens }) => literalsOf(tokens));
  return { text, parts, native, light, references, iterated, extracted, literals, offset, slot, source };
}

/** `{'b': 1, 'a': 2}` has its keys in this order; the engine sorts them. */
function literalsOf(tokens: Section['tokens']): object[] {
  const open: (string[] | undefined)[] = [];
  const found: object[] = [];
  tokens.forEach(({ type, text }, index) => {
    if (type === 'operator' && /^[([{]$/.test(text)) open.push(text === '{' ? [] : undefined);
    else if (type === 'operator' && /^[)\]}]$/.test(text)) {
      const keys = open.pop();
      if (keys && keys.length > 1) found.push(Object.fromEntries(keys.map((key) => [key, null])));
    } else if (type === 'string' && tokens[index + 1]?.text === ':') open.at(-1)?.push(unquote(text, 'python'));
  });
  return found;
}

const startOf = (piece: Piece): number => ('rename' in piece ? piece.start : piece.path.start);

const withInner = (piece: Piece): Reference[] => ('rename' in piece ? [] : [piece, ...piece.inner.flatMap(withInner)]);

/** Whether the whole of what `for` goes through is this variable. */
function isIterated(piece: Piece, tokens: Section['tokens']): piece is Reference {
  if ('rename' in piece || piece.bound || piece.end !== piece.path.end || piece.path.view !== undefined) return false;
  const after = tokens.find(({ start }) => start >= piece.end)?.text;
  return piece.path.start === tokens[0]!.start && (after === undefined || after === 'if');
}

/** Whether this variable is what a filter of the engine's goes through: it would not know the order of the keys. */
function isListed(piece: Piece, tokens: Section['tokens']): piece is Reference {
  if ('rename' in piece || piece.bound || piece.end !== piece.path.end || piece.path.view !== undefined) return false;
  const at = tokens.findIndex(({ start }) => start >= piece.end);
  return at >= 0 && tokens[at]!.text === '|' && GOING_THROUGH.has(tokens[at + 1]?.text ?? '');
}

const GOING_THROUGH: ReadonlySet<string> = new Set('list first last map select reject'.split(' '));

/** Whether this variable is what `| extract(…)` or `| map('extract', …)` takes parts of. */
function isExtracted(piece: Piece, tokens: Section['tokens']): piece is Reference {
  if ('rename' in piece || piece.bound || piece.end !== piece.path.end) return false;
  const at = tokens.findIndex(({ start }) => start === piece.path.start);
  const before = tokens
    .slice(Math.max(0, at - 4), at)
    .map(({ type, text }) => (type === 'string' ? unquote(text, 'python') : text));
  return /(^|,)(\|,extract,\(|map,\(,extract,,)$/.test(before.join(','));
}

function partsOf(
  text: string,
  read: readonly { readonly section: Section; readonly pieces: readonly Piece[] }[],
): (string | Path)[] | undefined {
  const parts: (string | Path)[] = [];
  for (const { section, pieces } of read) {
    const [piece] = pieces;
    if (section.type === 'text') parts.push(text.slice(section.start, section.end));
    else if (section.type !== 'output' || section.trimBefore || section.trimAfter || !piece) return undefined;
    else if ('rename' in piece || piece.bound || piece.end !== piece.path.end) return undefined;
    else if (piece.path.start !== section.tokens[0]!.start || piece.end !== section.tokens.at(-1)!.end)
      return undefined;
    else parts.push(piece.path);
  }
  return parts;
}
