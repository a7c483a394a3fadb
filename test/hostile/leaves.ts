import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Schema } from '../../src/infer.ts';
import type { Kind } from '../../src/task.ts';
import { readCase } from '../tasks/case.ts';
import { kinds } from '../../tasks/index.ts';
import { take } from './load.ts';
import { goodTexts } from './schema-values.ts';

type Path = readonly (string | number)[];

/** One place in the options of a kind where text may stand, in an otherwise valid playbook. */
export interface Leaf {
  /** `container.networks[].bridge`. */
  readonly name: string;
  /** Any text at all may stand there, after `prefix`. */
  readonly free: boolean;
  readonly prefix: string;
  /** A playbook with this text there. */
  readonly playbook: (text: string) => string;
}

interface Found {
  readonly path: Path;
  readonly schema: Schema;
}

const isText = ({ type, enum: words }: Schema): boolean => words === undefined && [type].flat().includes('string');

/** Every place of the schema where text may stand; lists are told by `0`, keys of the author's own by `*`. */
function textsOf(schema: Schema, path: Path = []): Found[] {
  const { properties = {}, items, anyOf = [], additionalProperties } = schema;
  return [
    ...(isText(schema) ? [{ path, schema }] : []),
    ...Object.entries(properties).flatMap(([key, inner]) => textsOf(inner, [...path, key])),
    ...(items ? textsOf(items, [...path, 0]) : []),
    ...anyOf.flatMap((one) => textsOf(one, path)),
    ...(typeof additionalProperties === 'object' ? textsOf(additionalProperties, [...path, 'key']) : []),
  ];
}

/** A copy with this value at the path; what is missing on the way is made. */
function put(value: unknown, [step, ...rest]: Path, last: unknown): unknown {
  if (step === undefined) return last;
  if (typeof step === 'number') {
    const list = Array.isArray(value) ? [...(value as unknown[])] : [];
    list[step] = put(list[step], rest, last);
    return list;
  }
  const map = typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  return { ...map, [step]: put((map as Record<string, unknown>)[step], rest, last) };
}

const has = (value: unknown, path: Path): boolean =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step], value) !==
  undefined;

const playbookOf = (tasks: readonly unknown[]): string => JSON.stringify([{ hosts: 'localhost', lab: 'lab', tasks }]);

/** The playbooks of a kind's own cases that are valid on a bare host. */
function basesOf(kind: Kind): (readonly Record<string, unknown>[])[] {
  const folder = join(import.meta.dirname, '../tasks', kind.kind.replaceAll('_', '-'));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yml') && !name.startsWith('refuses'))
    .flatMap((name) => {
      const { tasks } = readCase(join(folder, name)).written;
      return tasks?.some((task) => kind.kind in (task as object)) ? [tasks as readonly Record<string, unknown>[]] : [];
    })
    .filter((tasks) => !/"(when|loop)":|"absent"/.test(JSON.stringify(tasks)))
    .toSorted((a, b) => JSON.stringify(a).length - JSON.stringify(b).length);
}

const KINDS = new Map(kinds.map((kind) => [kind.kind, kind]));

function leafOf(
  kind: Kind,
  { path, schema }: Found,
  bases: readonly (readonly Record<string, unknown>[])[],
): Leaf | string {
  const name = kind.kind + path.map((step) => (typeof step === 'number' ? '[]' : `.${step}`)).join('');
  const prefix = schema.pattern === '^/' ? '/' : '';
  // An expression is code, and its own affair.
  const isCode = 'expressions' in kind && Object.hasOwn(kind.expressions ?? {}, path[0] ?? '');
  const free = !isCode && schema.format === undefined && (schema.pattern === undefined || prefix !== '');
  const samples = [...goodTexts(schema), ...(free ? [`${prefix}x`] : [])];
  // Where a base has it already, its other options fit best.
  const sorted = bases.toSorted((a, b) => Number(has(argsOf(kind, b), path)) - Number(has(argsOf(kind, a), path)));
  for (const base of sorted) {
    const at = base.findLastIndex((task) => kind.kind in task);
    const playbook = (text: string): string =>
      playbookOf(
        base.map((task, index) =>
          index === at ? { ...task, [kind.kind]: put(withFreeForm(kind, task[kind.kind]), path, text) } : task,
        ),
      );
    const own = has(argsOf(kind, base), path) ? [String(valueAt(argsOf(kind, base), path))] : [];
    if ([...own, ...samples].some((sample) => take(playbook(sample)).problems.length === 0)) {
      return { name, free, prefix, playbook };
    }
  }
  return name;
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value);

const withFreeForm = ({ freeForm }: Kind, args: unknown): unknown =>
  freeForm !== undefined && typeof args === 'string' ? { [freeForm]: args } : args;

const argsOf = (kind: Kind, base: readonly Record<string, unknown>[]): unknown =>
  withFreeForm(kind, base.findLast((task) => kind.kind in task)![kind.kind]);

/** Of every kind; `without` are the places for which no valid playbook was found. */
export function allLeaves(): { readonly leaves: readonly Leaf[]; readonly without: readonly string[] } {
  const found = [...KINDS.values()].flatMap((kind) => {
    const bases = basesOf(kind);
    const unique = new Map(
      textsOf(kind.schema).map((one) => [
        `${JSON.stringify(one.path)} ${one.schema.format ?? one.schema.pattern ?? ''}`,
        one,
      ]),
    );
    return [...unique.values()].map((one) => leafOf(kind, one, bases));
  });
  return {
    leaves: found.filter((one) => typeof one !== 'string'),
    without: found.filter((one) => typeof one === 'string'),
  };
}
