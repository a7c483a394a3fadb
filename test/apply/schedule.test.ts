import { describe, expect, test } from 'vitest';
import { schedule, type Numbered } from '../../src/apply/schedule.ts';
import type { Command } from '../../src/command.ts';

const ip = (scope: string, ...argv: string[]): Command => ({ do: 'ip', scope, argv });
const sysctl = (scope: string): Command => ({ do: 'sysctl', scope, key: 'net/ipv4/ip_forward', value: '0' });
const up = (scope: string): Command => ip(scope, 'link', 'set', 'dev', 'lo', 'up');
const plug = (inside: string): Command =>
  ip('', 'link', 'add', 'name', 'x', 'type', 'veth', 'peer', 'name', 'y', 'netns', inside);
const start = (scope: string): Command => ({ do: 'start', scope, argv: ['sleep', '1'], digest: 'd' });
const stop = (scope: string): Command => ({ do: 'stop', scope });
const make = (name: string): Command => ip('', 'netns', 'add', name);
const drop = (name: string): Command => ip('', 'netns', 'del', name);
const host = ip('', 'link', 'add', 'name', 'nw0', 'type', 'bridge');

const numbered = (commands: readonly Command[]): Numbered[] => commands.map((command, id) => ({ id, command }));

/** Each stage as `HOST | NAMESPACE NUMBERS`, e.g. `0 1 | a:2 b:3`. */
const stagesOf = (...commands: Command[]): string[] =>
  schedule(numbered(commands)).map(({ host: first, namespaces }) => {
    const ids = (list: readonly Numbered[]): string => list.map(({ id }) => id).join(',');
    return `${ids(first)} | ${[...namespaces].map(([scope, list]) => `${scope}:${ids(list)}`).join(' ')}`;
  });

describe('schedule', () => {
  test('is empty for nothing', () => {
    expect(stagesOf()).toEqual([]);
  });

  test('keeps the order of the host', () => {
    expect(stagesOf(host, host, host)).toEqual(['0,1,2 | ']);
  });

  test('keeps the order inside a namespace', () => {
    expect(stagesOf(up('a'), sysctl('a'), up('a'))).toEqual([' | a:0,1,2']);
  });

  test('lets independent namespaces share a stage', () => {
    expect(stagesOf(make('a'), up('a'), make('b'), up('b'))).toEqual(['0,2 | a:1 b:3']);
  });

  test('goes into a namespace only after what the host did to it', () => {
    expect(stagesOf(make('a'), plug('a'), up('a'), up('b'))).toEqual(['0,1 | a:2 b:3']);
  });

  test('lets the host wait for what happened inside a namespace that it touches', () => {
    expect(stagesOf(up('a'), plug('a'), up('a'))).toEqual([' | a:0', '1 | a:2']);
    expect(stagesOf(up('a'), start('a'))).toEqual([' | a:0', '1 | ']);
    expect(stagesOf(up('a'), stop('a'), drop('a'))).toEqual([' | a:0', '1,2 | ']);
  });

  test('lets the host not wait for a namespace that it does not touch', () => {
    expect(stagesOf(up('a'), host, plug('b'), up('b'))).toEqual(['1,2 | a:0 b:3']);
  });

  test('keeps the order of the host when one of its commands waits', () => {
    expect(stagesOf(up('a'), start('a'), host, up('a'), up('b'))).toEqual([' | a:0 b:4', '1,2 | a:3']);
  });

  test('takes a veth between two namespaces for a matter of both', () => {
    const between = ip('a', 'link', 'add', 'name', 'x', 'type', 'veth', 'peer', 'name', 'y', 'netns', 'b');
    expect(stagesOf(up('a'), up('b'), between, up('a'), up('b'))).toEqual([' | a:0 b:1', '2 | a:3 b:4']);
  });

  test('does not lose a command, and has none twice', () => {
    const commands = [
      make('a'),
      up('a'),
      make('b'),
      plug('b'),
      up('b'),
      start('a'),
      up('a'),
      stop('b'),
      drop('b'),
      host,
    ];
    const all = schedule(numbered(commands)).flatMap(({ host: first, namespaces }) => [
      ...first,
      ...[...namespaces.values()].flat(),
    ]);
    expect(all.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([...commands.keys()]);
  });
});
