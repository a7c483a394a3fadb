import { posix } from 'node:path';
import { bounded, TooLong } from '../src/bounded.ts';
import type { Infer } from '../src/infer.ts';
import { defineTask, type Decision, type Mistake } from '../src/task.ts';
import { fileAt, hostPath, placed, placingMistakes, tidy, unseen, writing } from './placing.ts';
import { expand, pattern } from './python.ts';

const expression = (description: string) => ({ type: 'string', minLength: 1, maxLength: 1024, description }) as const;

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    path: { ...hostPath('The file.'), examples: ['/etc/hosts'] },
    line: { type: 'string', maxLength: 65536, description: 'The whole line.', examples: ['10.0.0.1 router'] },
    regexp: {
      ...expression('The line that is replaced, or removed; of several the last.'),
      examples: ['^10\\.0\\.0\\.1 '],
    },
    search_string: expression('The same as a text that the line holds.'),
    state: {
      type: 'string',
      enum: ['present', 'absent'],
      default: 'present',
      description: 'absent removes every such line.',
    },
    insertafter: expression('EOF, or after the last line that matches this.'),
    insertbefore: expression('BOF, or before the last line that matches this.'),
    firstmatch: { type: 'boolean', default: false, description: 'Counts the first line that matches, not the last.' },
    backrefs: {
      type: 'boolean',
      default: false,
      description: 'line may say \\1; where regexp matches none, nothing is done.',
    },
    create: { type: 'boolean', default: false, description: 'Makes the file where there is none.' },
    ...writing,
  },
} as const;

type Args = Infer<typeof schema>;

export const lineinfile = defineTask({
  kind: 'lineinfile',
  description: 'Has a line be in a file, or not be in it. Destroy does not take it back.',
  schema,
  check(args) {
    const { line, regexp, search_string, state, backrefs, insertafter, insertbefore } = args;
    const conflict = (message: string, hint?: string): Mistake => ({
      path: [],
      code: 'CONFLICT',
      message: `lineinfile: ${message}`,
      hint,
    });
    return [
      ...placingMistakes('lineinfile', args),
      ...(regexp !== undefined && search_string !== undefined
        ? [conflict('regexp and search_string say two things')]
        : []),
      ...(insertafter !== undefined && insertbefore !== undefined
        ? [conflict('insertafter and insertbefore say two things')]
        : []),
      ...(state === 'present' && line === undefined ? [conflict('needs the line', 'line: …')] : []),
      ...(state === 'absent' && line === undefined && regexp === undefined && search_string === undefined
        ? [conflict('needs the line, a regexp or a search_string')]
        : []),
      ...(backrefs && regexp === undefined ? [conflict('backrefs need a regexp')] : []),
      ...(line !== undefined && /[\n\0]/.test(line)
        ? [conflict('the line is several', 'use copy, or one task for each line')]
        : []),
      ...(['regexp', 'insertafter', 'insertbefore'] as const).flatMap((key) =>
        args[key] === undefined || pattern(args[key]) !== undefined
          ? []
          : [
              {
                path: [key],
                code: 'BAD_FORMAT',
                message: `lineinfile.${key}: is no regular expression that is the same here as in Python`,
              },
            ],
      ),
    ];
  },
  looks: ({ path }) => [
    { look: 'file', path: tidy(path), content: 'whole' },
    { look: 'file', path: posix.dirname(tidy(path)) },
  ],
  decide(args, seen) {
    const path = tidy(args.path);
    const have = fileAt(seen, path);
    const why = unseen(seen, path);
    if (why !== undefined) return { steps: [], failed: why };
    if (have.type === 'absent' && args.state === 'absent') return { steps: [], detail: 'there is no file' };
    if (have.type === 'absent' && !args.create)
      return { steps: [], failed: `${path} is not there; create: true makes it` };
    if (have.type !== 'absent' && have.content === undefined)
      return { steps: [], failed: `${path} is no file that can be read` };
    const before = have.content ?? Buffer.alloc(0);
    // Bytes stay bytes, whatever they are in.
    const edited = timely(() => edit(before.toString('latin1'), latin(args)));
    if (edited === undefined) return { steps: [], failed: `the expression takes too long on what ${path} holds` };
    const { text, msg } = edited;
    const decision: Decision = placed(path, Buffer.from(text, 'latin1'), args, seen);
    return { ...decision, result: { ...decision.result, msg, backup: '' } };
  },
});

/** Milliseconds; an expression that repeats what repeats would take for ever. */
const LONGEST = 1000;

function timely<T>(work: () => T): T | undefined {
  try {
    return bounded(LONGEST, work);
  } catch (error) {
    if (error instanceof TooLong) return undefined;
    throw error;
  }
}

const bytes = (text: string): string => Buffer.from(text).toString('latin1');

/** The options that are compared with what the file holds, as its bytes. */
const latin = (args: Args): Args => ({
  ...args,
  ...Object.fromEntries(
    (['line', 'regexp', 'search_string', 'insertafter', 'insertbefore'] as const).flatMap((key) =>
      args[key] === undefined ? [] : [[key, bytes(args[key])]],
    ),
  ),
});

const lines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
const bare = (line: string): string => line.replace(/(?<![\r\n])[\r\n]+$/, '');

function edit(text: string, args: Args): { readonly text: string; readonly msg: string } {
  const all = lines(text);
  const matches = matcher(args);
  if (args.state === 'absent') {
    const kept = all.filter((line) => !matches(line));
    return {
      text: kept.join(''),
      msg: kept.length === all.length ? '' : `${all.length - kept.length} line(s) removed`,
    };
  }
  const line = args.line!;
  const found = args.firstmatch ? all.findIndex(matches) : all.findLastIndex(matches);
  if (found !== -1) {
    const old = all[found]!;
    const match = args.backrefs ? pattern(args.regexp!)!.exec(bare(old)) : null;
    const wanted = match ? expand(line, match) : line;
    if (bare(old) === wanted) return { text, msg: '' };
    all[found] = `${wanted}\n`;
    return { text: all.join(''), msg: 'line replaced' };
  }
  // Where the line itself is there, no matter that the expression matches none, it is not added a second time.
  if (args.backrefs || all.some((one) => bare(one) === line)) return { text, msg: '' };
  return { text: inserted(all, line, args).join(''), msg: 'line added' };
}

function matcher({ regexp, search_string, line }: Args): (line: string) => boolean {
  if (regexp !== undefined) {
    const expression = pattern(regexp)!;
    return (one) => expression.test(bare(one));
  }
  if (search_string !== undefined) return (one) => one.includes(search_string);
  return (one) => bare(one) === line;
}

function inserted(all: readonly string[], line: string, { insertafter, insertbefore, firstmatch }: Args): string[] {
  const anchor = insertafter ?? insertbefore ?? 'EOF';
  const edge = anchor === 'EOF' ? all.length : anchor === 'BOF' ? 0 : undefined;
  const expression = edge === undefined ? pattern(anchor)! : undefined;
  const isAnchor = (one: string): boolean => expression?.test(bare(one)) ?? false;
  const found = firstmatch ? all.findIndex(isAnchor) : all.findLastIndex(isAnchor);
  const at = edge ?? (found === -1 ? all.length : insertafter === undefined ? found : found + 1);
  const before = all.slice(0, at);
  const last = before.at(-1);
  // The last line of a file may lack its end.
  if (last !== undefined && !last.endsWith('\n')) before[before.length - 1] = `${last}\n`;
  return [...before, `${line}\n`, ...all.slice(at)];
}
