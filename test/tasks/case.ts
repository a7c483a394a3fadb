import { readFileSync } from 'node:fs';
import type { Problem } from '../../src/error.ts';
import type { Capability } from '../../src/facts/capability.ts';
import type { FileState, Packages, Service } from '../../src/files.ts';
import { checkLab, type LabTask } from '../../src/plan.ts';
import { OUTSIDE } from '../../src/playbook/around.ts';
import { readTask } from '../../src/playbook/task.ts';
import { parseSource, placeOf, type At } from '../../src/source.ts';
import {
  isDeclarative,
  type Endpoint,
  type Judgement,
  type Outcome,
  type Procedural,
  type Values,
} from '../../src/task.ts';
import { isMapping, validateArgs } from '../../src/validate.ts';
import { kinds } from '../../tasks/index.ts';

/** A case as its file has it. Tasks are written as in a playbook. */
export interface Written {
  /** What others made on the host before us, in the commands with which they made it. */
  readonly foreign?: readonly string[];
  /** Programs that the host lacks. */
  readonly missing?: string[];
  /** What the host's kernel lacks. */
  readonly lacks?: readonly Capability[];
  /** What a kernel must have for the case; one that has it not, must be refused for that. */
  readonly needs?: readonly Capability[];
  /** Tasks of other labs, which are there already. */
  readonly labs?: Readonly<Record<string, readonly unknown[]>>;
  /** Tasks of this lab, which are there already. */
  readonly given?: readonly unknown[];
  /** What somebody did to the host since. */
  readonly meanwhile?: readonly string[];
  /** The host was rebooted since. */
  readonly reboot?: boolean;
  /** The playbook as it is now. */
  readonly tasks?: readonly unknown[];
  readonly prune?: boolean;

  /** The line of every task, and of every prune. */
  readonly plan?: readonly string[];
  readonly notes?: readonly string[];
  /** Every command of the plan, in order. */
  readonly commands?: readonly string[];
  /** What files hold afterwards. */
  readonly files?: Readonly<Record<string, string>>;
  /** Instead of a plan. */
  readonly refuses?: Refusal | readonly Refusal[];
  /** What remains beside the foreign things when the lab is destroyed; nothing, usually. */
  readonly leaves?: readonly string[];

  /** What the last task runs, if it is procedural, and what it makes of the outcomes. */
  readonly runs?: readonly unknown[];
  /** Of its bare expressions. */
  readonly values?: Values;
  /** What is on the host where the last task looks at files; `directory` alone is one. */
  readonly has?: Readonly<Record<string, WrittenFile>>;
  /** Files of the project, by option. */
  readonly sources?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What it will do, a line for each step. */
  readonly does?: readonly string[];
  /** The paths that are changed by that. */
  readonly becomes?: Readonly<Record<string, WrittenFile>>;
  readonly fails?: string;
  /** It does the same again and again. */
  readonly restless?: boolean;
  readonly packages?: Packages;
  readonly service?: Service;
  readonly outcomes?: readonly Partial<Outcome>[];
  readonly says?: Judgement;
  /** Groups of the inventory: host to address, or nothing where it has none. This host is h1. */
  readonly groups?: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
  /** Containers of other hosts. */
  readonly elsewhere?: readonly Endpoint[];
}

export type WrittenFile =
  'directory' | 'absent' | (Omit<Partial<FileState>, 'content'> & { readonly content?: string });

interface Refusal {
  readonly code: string;
  readonly message: string;
  /** The line of the other place, where there is one. */
  readonly other?: string;
}

/** Tasks with their options checked and their defaults filled in, or what is wrong with them. */
export interface Tasks {
  readonly states: readonly LabTask[];
  readonly act?: { readonly kind: Procedural; readonly args: never } | undefined;
  readonly problems: readonly Problem[];
}

export interface Case {
  readonly written: Written;
  tasks(lab: string, key: readonly (string | number)[]): Tasks;
}

const KINDS = new Map(kinds.map((kind) => [kind.kind, kind]));
const KEYS = [
  ...['foreign', 'missing', 'lacks', 'needs', 'labs', 'given', 'meanwhile', 'reboot', 'tasks', 'prune'],
  ...['plan', 'notes', 'commands', 'files', 'refuses', 'leaves', 'runs', 'values', 'outcomes', 'says'],
  ...['elsewhere', 'groups'],
  ...['has', 'sources', 'does', 'becomes', 'fails', 'restless', 'packages', 'service'],
];

export const readCase = (file: string): Case => parseCase(readFileSync(file, 'utf8'), file);

export function parseCase(text: string, file: string): Case {
  const { source, problems } = parseSource(text, file);
  const written = source?.value as Written | undefined;
  const unknown = Object.keys(written ?? {}).filter((key) => !KEYS.includes(key));
  if (problems.length > 0 || unknown.length > 0) throw new Error(`${file}: ${JSON.stringify([problems, unknown])}`);
  return {
    written: written!,
    tasks(lab, path) {
      const list = path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], written);
      return checkTasks(
        lab,
        ((list ?? []) as unknown[]).map((value, index) =>
          readOne(value, { source: source!, path: [...path, index] }, written!),
        ),
      );
    },
  };
}

interface One {
  readonly state?: LabTask;
  readonly act?: { readonly kind: Procedural; readonly args: never; readonly at: At };
  readonly problems: readonly Problem[];
}

/** As a run reads a task, but for templates and loops, which are not this test's business. */
function readOne(value: unknown, at: At, { groups = {} }: Written): One {
  if (!isMapping(value)) throw new Error(`no task: ${JSON.stringify(value)}`);
  const { task, problems } = readTask(value, at, OUTSIDE, KINDS);
  if (!task || problems.length > 0) return { problems };
  const { kind, argsAt, adopt, when } = task;
  const { value: args, problems: shape } = validateArgs(kind, task.args, argsAt);
  if (shape.length > 0) return { problems: shape };
  const mistakes = (kind.check?.(args as never) ?? []).map((one) => ({ ...one, place: placeOf(argsAt, one.path) }));
  if (mistakes.length > 0) return { problems: mistakes };
  if (!isDeclarative(kind)) return { act: { kind, args: args as never, at: argsAt }, problems: [] };
  const skipped = when.some((one) => one.value === false) ? 'when: false' : undefined;
  const title = task.name ?? kind.kind;
  const peers = (group: string) =>
    groups[group] && Object.entries(groups[group]).map(([host, address]) => ({ host, address: address ?? undefined }));
  return { state: { key: at.path.join('/'), kind, args, at: argsAt, title, adopt, skipped, peers }, problems: [] };
}

function checkTasks(lab: string, all: readonly One[]): Tasks {
  const problems = all.flatMap((one) => one.problems);
  const states = all.flatMap(({ state }) => state ?? []);
  const acts = all.flatMap(({ act }) => act ?? []);
  const structure =
    problems.length > 0 ? [] : checkLab(lab, 'h1', states, [...states, ...acts], { everywhere: ELSEWHERE });
  return { states, act: acts.at(-1), problems: [...problems, ...structure] };
}

/** Names of containers that another host has, by convention of these cases. */
const ELSEWHERE = new Set(['afar']);
