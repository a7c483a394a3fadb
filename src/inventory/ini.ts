import { suggestion } from '../error.ts';
import { readText, type At, type Source } from '../source.ts';
import type { Draft } from './draft.ts';
import { addGroupVariable, addHosts, problem, type NamedVariable } from './entry.ts';
import { hostWords } from './host-line.ts';
import { typedValue } from './literal.ts';

const SECTIONS = ['hosts', 'children', 'vars'];
/** What is wrong with a line after which nobody looks for more. */
const MOST = 100;

/** Reads an Ansible inventory in INI form into a draft. */
export function readIni(text: string, file: string, draft: Draft): void {
  const { text: plain, source, problems } = readText(text, file);
  draft.problems.push(...problems);
  const ini = new Ini(source, draft);
  const most = draft.problems.length + MOST;
  for (const { 0: line, index } of plain.matchAll(/[^\r\n]+/g)) {
    if (draft.problems.length >= most) return;
    const stripped = line.trim();
    if (stripped !== '' && !/^[#;]/.test(stripped)) ini.line(stripped, index + line.indexOf(stripped));
  }
  ini.end();
}

/** A group that was named before any section declares it. */
interface Awaited {
  readonly at: At;
  /** The groups that want it as a child; none where only its variables came. */
  readonly parents: string[];
}

class Ini {
  readonly #source: Source;
  readonly #draft: Draft;
  readonly #awaited = new Map<string, Awaited>();
  #group = 'ungrouped';
  #section = 'hosts';
  /** Whether the lines belong to a section that could not be read. */
  #isLost = false;

  constructor(source: Source, draft: Draft) {
    this.#source = source;
    this.#draft = draft;
  }

  line(line: string, start: number): void {
    const [, name, section] = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(line) ?? [];
    if (name !== undefined) this.#header(name, section ?? 'hosts', start);
    else if (/^\[[^\]]*\](?:\s*[;#].*)?$/.test(line)) {
      this.#isLost = true;
      const hint = 'write [name], [name:children] or [name:vars], without spaces; a comment begins with "#"';
      this.#refuse('BAD_SECTION', 'this is not a section', start, line.length, hint);
    } else if (this.#isLost) return;
    else if (this.#section === 'hosts') this.#host(line, start);
    else if (this.#section === 'vars') this.#variable(line, start);
    else this.#child(line, start);
  }

  end(): void {
    for (const [name, { at, parents }] of this.#awaited) {
      const known = this.#draft.names('group').filter((group) => !this.#awaited.has(group));
      const hint = suggestion(name, known) ?? `add [${name}], even without hosts`;
      const message = parents.length > 0 ? `there is no group "${name}"` : `[${name}:vars] is for no group`;
      this.#draft.problems.push(problem('UNKNOWN_GROUP', message, at, hint));
    }
  }

  #at(start: number, length: number): At {
    return { source: this.#source, path: [start, start + length] };
  }

  #refuse(code: string, message: string, start: number, length: number, hint?: string): void {
    this.#draft.problems.push(problem(code, message, this.#at(start, length), hint));
  }

  #header(name: string, section: string, start: number): void {
    const at = this.#at(start + 1, name.length);
    this.#isLost = !SECTIONS.includes(section);
    if (this.#isLost) {
      const hint = suggestion(section, SECTIONS) ?? `a group has ${SECTIONS.join(', ')}`;
      const where = start + 2 + name.length;
      this.#refuse('UNKNOWN_KEY', `"${section}" is nothing that a group has`, where, section.length, hint);
      return;
    }
    this.#group = name;
    this.#section = section;
    const awaited = this.#awaited.get(name);
    if (section === 'vars' && awaited === undefined && !this.#draft.has('group', name)) {
      this.#awaited.set(name, { at, parents: [] });
    }
    this.#isLost = !this.#draft.addGroup(name, at);
    // Only now does it become a child, as for Ansible; so the order is that of the sections.
    if (section === 'vars' || awaited === undefined) return;
    for (const parent of awaited.parents) this.#draft.addChild(parent, name, awaited.at);
    this.#awaited.delete(name);
  }

  #host(line: string, start: number): void {
    const words = hostWords(line, start);
    if (words === undefined) {
      const hint = 'close it, or put a backslash before it';
      this.#refuse('BAD_QUOTES', 'a quote is not closed, or a backslash ends the line', start, line.length, hint);
      return;
    }
    const [first, ...rest] = words;
    if (first === undefined) return;
    const vars: NamedVariable[] = [];
    for (const { text, start: from, end } of rest) {
      const sign = text.indexOf('=');
      if (sign > 0) {
        vars.push([text.slice(0, sign), this.#at(from, end - from), typedValue(text.slice(sign + 1))]);
        continue;
      }
      const hint =
        sign === 0 || text === '' ? 'no spaces around "="' : 'quote a value that has spaces; one host a line';
      this.#refuse('BAD_VARIABLE', `"${text}" is not name=value`, from, end - from, hint);
    }
    addHosts(this.#draft, this.#group, first.text, this.#at(first.start, first.end - first.start), vars);
  }

  #variable(line: string, start: number): void {
    const sign = line.indexOf('=');
    if (sign < 0) {
      this.#refuse('BAD_VARIABLE', 'this is not name=value', start, line.length, `as in ${line.split(/[\s:]/)[0]}=1`);
      return;
    }
    const name = line.slice(0, sign).trim();
    const value = typedValue(line.slice(sign + 1).trim());
    addGroupVariable(this.#draft, this.#group, [name, this.#at(start, line.length), value]);
  }

  #child(line: string, start: number): void {
    const name = nameIn(line);
    if (name === '') {
      const hint = 'one name a line; hosts go under [name]';
      this.#refuse('BAD_NAME', 'this is not the name of a group', start, line.length, hint);
      return;
    }
    const at = this.#at(start, name.length);
    const awaited = this.#awaited.get(name);
    if (this.#draft.has('group', name)) this.#draft.addChild(this.#group, name, at);
    else if (awaited) awaited.parents.push(this.#group);
    else this.#awaited.set(name, { at, parents: [this.#group] });
  }
}

/** A name, and a comment perhaps; where something else follows, a comment may begin in the middle of the name. */
function nameIn(line: string): string {
  const [word = ''] = /^[^:\]\s]+/.exec(line) ?? [];
  const rest = line.slice(word.length).trimStart();
  return rest === '' || rest.startsWith('#') ? word : word.slice(0, Math.max(0, word.lastIndexOf('#')));
}
