import type { Problem } from '../error.ts';
import type { Inventory, Layer } from '../inventory.ts';
import type { RawPlay } from '../playbook.ts';
import { placeOf, type At } from '../source.ts';
import { setsOf } from './given.ts';
import { MAGIC } from './magic.ts';

/** Names that are set for every host already; a value given to one would be lost silently. */
export function reservedNames(plays: readonly RawPlay[], inventory: Inventory, extra: Layer | undefined): Problem[] {
  const check = (name: string, at: At | undefined, part?: 'key'): Problem[] => {
    if (!MAGIC.has(name)) return [];
    const message = `"${name}" is set by the run itself and cannot be given a value`;
    return [{ code: 'RESERVED_NAME', message, place: at && placeOf(at, [], part), hint: 'use another name' }];
  };
  const below = (at: At, ...path: readonly string[]): At => ({ source: at.source, path: [...at.path, ...path] });
  const { hosts, groups, folders } = inventory;
  const layers = [
    ...[...groups.values(), ...hosts.values()].flatMap((one) => one.layers),
    ...folders.flatMap((folder) => [...folder.groups.values(), ...folder.hosts.values()].flat()),
    ...(extra ? [extra] : []),
  ];
  return [
    ...layers.flatMap(({ vars }) => [...vars].flatMap(([name, { at }]) => check(name, at, 'key'))),
    ...plays.flatMap(({ vars, tasks }) => [
      ...[...vars].flatMap(([name, one]) => check(name, one.at, 'key')),
      ...tasks.flatMap((task) => [
        ...[...task.vars].flatMap(([name, one]) => check(name, one.at, 'key')),
        ...Object.keys(setsOf(task.kind, task.args)).flatMap((name) => check(name, below(task.argsAt, name), 'key')),
        ...(task.register === undefined ? [] : check(task.register, below(task.at, 'register'))),
        ...check(task.loopControl.loopVar, below(task.at, 'loop_control', 'loop_var')),
        ...check(task.loopControl.indexVar ?? '', below(task.at, 'loop_control', 'index_var')),
      ]),
    ]),
  ];
}
