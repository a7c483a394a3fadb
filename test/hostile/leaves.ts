import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Schema } from '../../src/infer.ts';
import type { Kind } from '../../src/task.ts';
import { readCase, type Written } from '../tasks/case.ts';
import { kinds } from '../../tasks/index.ts';
import { situation } from '../tasks/situation.ts';
import { LAB } from '../tasks/plan.ts';
import { take, type Setting, type Taken } from './load.ts';
import { goodTexts } from './schema-values.ts';

type Path = readonly (string | number)[];

const ANY = 'key';

/** Where a path of the host begins, so deep that no `..` of ours leads out of it. */
export const PLACE = '/run/canary/1/2/3/4/';
/** What a program that approves of a file has to be told. */
const NEW_FILE = '%s ';

/** One place in the options of a kind where text may stand, in an otherwise valid playbook. */
export interface Leaf {
  /** `container.networks[].bridge`. */
  readonly name: string;
  /** Any text at all may stand there, after `prefix`. */
  readonly free: boolean;
  readonly prefix: string;
  /** A playbook with this text there. */
  readonly playbook: (text: string) => string;
  /** On the host for which the playbook is. */
  readonly take: (playbook: string) => Taken;
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
    ...(typeof additionalProperties === 'object' ? textsOf(additionalProperties, [...path, ANY]) : []),
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

const playbookOf = (host: string, tasks: readonly unknown[]): string =>
  JSON.stringify([{ hosts: host, lab: LAB, tasks }]);

/** One task of a case, among the others of its case, on the host that the case has. */
interface Base {
  readonly setting: Setting;
  readonly args: unknown;
  /** The playbook with other options for the task. */
  readonly playbook: (args: unknown) => string;
}

/** Files of the project as a case has them, under whatever name they are wanted; none outside of the project. */
function provide(kind: Kind, args: unknown, { sources = {} }: Written, project: string): void {
  for (const { option, path, folder } of kind.wants?.(args as Record<string, unknown>) ?? []) {
    const file = join(project, folder, path);
    if (path.startsWith('/') || !file.startsWith(join(project, folder, '/')) || path.includes('\0')) continue;
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, Object.values(sources[option] ?? {})[0] ?? 'x\n', { flag: 'wx' });
    } catch {
      // It is there, or nothing can be called that; then it is refused.
    }
  }
}

/** The kind's tasks in its own cases; the shortest playbooks first. */
function basesOf(kindOf: Kind, project: string): Base[] {
  const { kind, freeForm } = kindOf;
  const folder = join(import.meta.dirname, '../tasks', kind.replaceAll('_', '-'));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yml') && !name.startsWith('refuses'))
    .map((name) => readCase(join(folder, name)))
    .filter(({ written }) => !/"(when|loop)":|"state":"absent"/.test(JSON.stringify(written.tasks ?? [])))
    .toSorted((a, b) => JSON.stringify(a.written).length - JSON.stringify(b.written).length)
    .flatMap((one) => {
      const { groups, elsewhere } = one.written;
      const tasks = (one.written.tasks ?? []) as Record<string, unknown>[];
      if (!tasks.some((task) => kind in task)) return [];
      const setting = { host: situation(one).host, groups, elsewhere, sight: one.written, folder: project };
      return tasks.flatMap((task, at) => {
        if (!(kind in task)) return [];
        const args = freeForm !== undefined && typeof task[kind] === 'string' ? { [freeForm]: task[kind] } : task[kind];
        const playbook = (changed: unknown): string => {
          provide(kindOf, changed, one.written, project);
          return playbookOf(groups ? 'h1' : 'localhost', tasks.with(at, { ...task, [kind]: changed }));
        };
        return [{ setting, args, playbook }];
      });
    });
}

/** The same place in each item that a list has, and at each key that the author chose. */
function placesIn(value: unknown, [step, ...rest]: Path): Path[] {
  if (step === undefined) return [[]];
  const has = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const steps =
    has.length === 0
      ? [step]
      : step === 0
        ? has.map(Number)
        : step === ANY && !has.includes(ANY)
          ? [...has, ANY]
          : [step];
  return steps.flatMap((one) =>
    placesIn((value as Record<string | number, unknown> | undefined)?.[one], rest).map((more) => [one, ...more]),
  );
}

/** The options as they are, then without one of those beside the place, then without all of them. */
function* variantsOf(value: unknown, path: Path): Generator {
  yield value;
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const around = path.slice(0, depth);
    const map = valueAt(value, around);
    if (typeof map !== 'object' || map === null || Array.isArray(map)) continue;
    const beside = Object.entries(map).filter(([key]) => key !== path[depth]);
    for (const [key] of beside) yield put(value, around, Object.fromEntries(beside.filter(([other]) => other !== key)));
    yield put(value, around, {});
  }
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | undefined)?.[step], value);

function leafOf(kind: Kind, { path, schema }: Found, bases: readonly Base[]): Leaf | string {
  const name = kind.kind + path.map((step) => (typeof step === 'number' ? '[]' : `.${step}`)).join('');
  const isPath = schema.pattern === '^/' || schema.format === 'path';
  // An expression is code, and its own affair.
  const isCode = 'expressions' in kind && Object.hasOwn(kind.expressions ?? {}, path[0] ?? '');
  const free = isPath || (!isCode && schema.format === undefined && schema.pattern === undefined);
  const prefixes = isPath ? [PLACE] : free ? ['', NEW_FILE] : [''];
  const placed = bases.flatMap((base) =>
    placesIn(base.args, path).map((place) => ({ base, place, own: valueAt(base.args, place) })),
  );
  let idle: Leaf | undefined;
  // Where a base has it already, its other options fit best.
  for (const { base, place, own } of placed.toSorted(
    (a, b) => Number(b.own !== undefined) - Number(a.own !== undefined),
  )) {
    for (const args of variantsOf(base.args, place)) {
      const playbook = (text: string): string => base.playbook(put(args, place, text));
      const isGood = (sample: string): boolean => take(playbook(sample), base.setting).problems.length === 0;
      const samples = [...(typeof own === 'string' ? [own] : []), ...goodTexts(schema)];
      const prefix = prefixes.find((one) => (free ? isGood(`${one}x`) : samples.some(isGood)));
      if (prefix === undefined) continue;
      const leaf = { name, free, prefix, playbook, take: (text: string) => take(text, base.setting) };
      const sample = free ? `${prefix}x` : samples.find(isGood)!;
      const { commands, answers } = leaf.take(playbook(sample));
      // Where there is nothing to do, nobody can tell what becomes of a text.
      if (commands.length + answers.length > 0) return leaf;
      idle ??= leaf;
    }
  }
  return idle ?? name;
}

/** Of every kind, in a folder of one's own; `without` are the places for which no valid playbook was found. */
export function allLeaves(project: string): { readonly leaves: readonly Leaf[]; readonly without: readonly string[] } {
  const found = kinds.flatMap((kind) => {
    const bases = basesOf(kind, project);
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
