import { NetwrightError, type Problem } from '../error.ts';
import type { ConnectionDefaults } from '../inventory.ts';
import { mayBeHidden, type RawTask } from '../playbook.ts';
import { hushed } from '../hushed.ts';
import type { At } from '../source.ts';
import { isDeclarative, type Sources } from '../task.ts';
import { isMapping } from '../validate.ts';
import { expressionsOf, expressionValues } from './expressions.ts';
import { setsOf } from './given.ts';
import { itemLabel, loopItems } from './loop.ts';
import { Pending } from './pending.ts';
import { MANAGED, type Renderer } from './render.ts';
import { NO_ITEMS } from './result.ts';
import { howOf, type How } from './how.ts';
import { bindingsOf, data, type Binding, type Bindings, type Variables } from './scope.ts';
import type { Resolved, ResolvedTask } from './types.ts';

/**
 * A task for one host: zero or more tasks with everything rendered. `key` is the task's own: `0/3`; `registered` is what
 * earlier tasks have registered, or will.
 */
export function resolveTask(
  raw: RawTask,
  key: string,
  above: Variables,
  registered: Bindings,
  renderer: Renderer,
  commandLine: ConnectionDefaults = {},
): Resolved {
  const at = (...path: readonly (string | number)[]): At => ({
    source: raw.at.source,
    path: [...raw.at.path, ...path],
  });
  const scope = above.with(bindingsOf(raw.vars)).with(registered).with(bindingsOf(raw.role?.params));
  const common = { raw, key, name: title(raw, scope, renderer), argsAt: raw.argsAt, scope };
  const problems: Problem[] = [];

  /** The value, the reason to wait, or nothing where it is wrong. */
  const attempt = <T>(work: () => T): { readonly value: T } | Pending | undefined => {
    try {
      return { value: work() };
    } catch (error) {
      if (error instanceof Pending) return error;
      if (!(error instanceof NetwrightError)) throw error;
      problems.push(...(mayBeHidden(raw.noLog?.value) ? hushed(error.problems, raw.args) : error.problems));
      return undefined;
    }
  };

  const items = attempt(() => loopItems(raw, scope, renderer));
  if (items === undefined) return { tasks: [], problems };
  if (items instanceof Pending) {
    const how = quietly(() => howOf(raw, scope, renderer, commandLine));
    return { tasks: [{ ...common, status: 'deferred', ...waiting(items), how }], problems };
  }
  const keys = new Set<string>();
  const one = (own: Variables, item: Pick<ResolvedTask, 'item' | 'index' | 'label' | 'key'>): ResolvedTask[] => {
    const shared = { ...common, ...item, scope: own };
    const how = (): How | undefined => quietly(() => howOf(raw, own, renderer, commandLine));
    const condition = attempt(() => firstFalse(raw, own, renderer));
    if (condition === undefined) return [];
    if (!(condition instanceof Pending) && condition.value !== undefined) {
      // What guards an option that is not there makes it no mistake.
      const known = quietly(() => args(raw, own, renderer));
      return [{ ...shared, status: 'bound', skipped: condition.value, args: known, how: notDone(raw) }];
    }
    if (condition instanceof Pending) {
      const known = quietly(() => args(raw, own, renderer));
      return [{ ...shared, status: 'deferred', ...waiting(condition), args: known, how: how() }];
    }
    const rendered = attempt(() => {
      const given = args(raw, own, renderer);
      return {
        args: given,
        values: expressionValues(raw, own, renderer),
        sources: sourcesOf(raw, given, own, renderer),
        how: howOf(raw, own, renderer, commandLine),
      };
    });
    if (rendered === undefined) return [];
    if (!(rendered instanceof Pending)) return [{ ...shared, status: 'bound', ...rendered.value }];
    return [{ ...shared, status: 'deferred', ...waiting(rendered), how: how() }];
  };
  if (items.value === undefined) return { tasks: one(scope, { key }), problems };
  if (items.value.length === 0 && !isDeclarative(raw.kind)) {
    return { tasks: [{ ...common, status: 'bound', skipped: NO_ITEMS, args: undefined, how: notDone(raw) }], problems };
  }
  // As in Ansible an item finds what the one before it has set.
  const set = new Map<string, Binding>();
  const tasks = items.value.flatMap((item, index) => {
    const own = scope.with(set).with(itemBindings(raw, items.value!, index));
    const label = labelOf(raw, item, own, renderer, at);
    const unique = keys.has(label) ? `${label}#${index + 1}` : label;
    keys.add(label);
    const resolved = one(own, { item, index, label, key: `${key}/${unique}` });
    for (const task of resolved) for (const [name, binding] of setBy(task)) set.set(name, binding);
    return resolved;
  });
  return { tasks, problems };
}

const waiting = ({ message, task, isLook }: Pending) => ({ reason: message, after: task, look: isLook });

/** Of what is skipped: what it would have been done with stays hidden. */
const notDone = ({ noLog, loopControl }: RawTask): How => ({
  user: undefined,
  environment: {},
  delegate: undefined,
  noLog: mayBeHidden(noLog?.value),
  checkOnly: false,
  timeoutSeconds: undefined,
  jobSeconds: undefined,
  timed: false,
  attempts: 1,
  delaySeconds: 0,
  pauseSeconds: loopControl.pauseSeconds,
});

/** The files of the project that a task wants, by option. */
function sourcesOf(
  { kind, argsAt }: RawTask,
  given: unknown,
  scope: Variables,
  renderer: Renderer,
): Sources | undefined {
  if (kind.wants === undefined || !isMapping(given)) return undefined;
  const managed = scope.binding('ansible_managed') ? scope : scope.with(new Map([['ansible_managed', data(MANAGED)]]));
  return Object.fromEntries(
    kind.wants(given).map((wants) => {
      const at: At = { source: argsAt.source, path: [...argsAt.path, wants.option] };
      return [wants.option, renderer.sources(wants, at, managed)];
    }),
  );
}

/** The options rendered, but for what is a bare expression. */
function args({ kind, args: given, argsAt }: RawTask, scope: Variables, renderer: Renderer): unknown {
  const names = expressionsOf(kind);
  if (names.length === 0 || !isMapping(given)) return renderer.value(given, argsAt, scope);
  const [bare, rest] = [true, false].map((wanted) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => names.includes(name) === wanted)),
  );
  return { ...(renderer.value(rest, argsAt, scope) as object), ...bare };
}

/** The first of the conditions that is false, as it is written. */
function firstFalse(raw: RawTask, scope: Variables, renderer: Renderer): string | undefined {
  let pending: Pending | undefined;
  for (const { value: condition, at } of raw.when) {
    try {
      const isTrue = typeof condition === 'boolean' ? condition : renderer.condition(String(condition), at, scope);
      if (!isTrue) return String(condition);
    } catch (error) {
      if (error instanceof Pending) pending ??= error;
      // The one that has to wait may be there to guard this one.
      else if (pending === undefined) throw error;
    }
  }
  if (pending) throw pending;
  return undefined;
}

/** The variables that a task will have set, or that will not be known before it has run. */
function setBy(task: ResolvedTask): (readonly [string, Binding])[] {
  const { raw, name } = task;
  if (task.status === 'deferred')
    return Object.keys(setsOf(raw.kind, raw.args)).map((one) => [one, { is: 'pending', task: name }]);
  if (task.skipped !== undefined) return [];
  return Object.entries(setsOf(raw.kind, task.args)).map(([one, value]) => [one, data(value)]);
}

function itemBindings(raw: RawTask, items: readonly unknown[], index: number): Map<string, Binding> {
  const { loopVar, indexVar, extended } = raw.loopControl;
  const bindings = new Map([
    [loopVar, data(items[index])],
    ['ansible_loop_var', data(loopVar)],
  ]);
  if (indexVar !== undefined) bindings.set(indexVar, data(index)).set('ansible_index_var', data(indexVar));
  if (extended !== undefined) bindings.set('ansible_loop', data(placeInLoop(items, index, extended === 'whole')));
  return bindings;
}

/** In Ansible's words. */
const placeInLoop = (items: readonly unknown[], index: number, whole: boolean): Readonly<Record<string, unknown>> => ({
  ...(whole ? { allitems: items } : {}),
  index: index + 1,
  index0: index,
  first: index === 0,
  last: index === items.length - 1,
  length: items.length,
  revindex: items.length - index,
  revindex0: items.length - index - 1,
  ...(index > 0 ? { previtem: items[index - 1] } : {}),
  ...(index < items.length - 1 ? { nextitem: items[index + 1] } : {}),
});

function labelOf(
  raw: RawTask,
  item: unknown,
  scope: Variables,
  renderer: Renderer,
  at: (...path: readonly (string | number)[]) => At,
): string {
  const { label } = raw.loopControl;
  const rendered = label && quietly(() => renderer.value(label, at('loop_control', 'label'), scope));
  return itemLabel(rendered === undefined || rendered === '' ? item : rendered);
}

/** A name that cannot be rendered is shown as it is written: it changes nothing on any host. */
function title(raw: RawTask, scope: Variables, renderer: Renderer): string {
  if (raw.name === undefined) return raw.kind.kind;
  const rendered = quietly(() => renderer.value(raw.name, raw.at, scope));
  return typeof rendered === 'string' || typeof rendered === 'number' ? String(rendered) : raw.name;
}

/** Nothing where it is wrong or not known yet. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Pending || error instanceof NetwrightError) return undefined;
    throw error;
  }
}
