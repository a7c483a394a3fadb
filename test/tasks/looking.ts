import { posix } from 'node:path';
import { expect } from 'vitest';
import { describeCommand } from '../../src/command.ts';
import { ABSENT, lookKey, type FileState, type Look, type Seen } from '../../src/files.ts';
import type { Looking, Sources } from '../../src/task.ts';
import type { Written, WrittenFile } from './case.ts';

/** Files of the project, as the case has them. */
export const sourcesOf = ({ sources = {} }: Written): Sources =>
  Object.fromEntries(
    Object.entries(sources).map(([option, files]) => [
      option,
      {
        folder: Object.keys(files).some((name) => name.includes('/')) || Object.keys(files).length !== 1,
        files: Object.entries(files).map(([name, text]) => ({ name, content: Buffer.from(text), mode: '0640' })),
      },
    ]),
  );

/** What a kind does on a host that looks like this, and that it then has nothing more to do. */
export function checkLooking(kind: Looking, args: never, written: Written): void {
  const sources = sourcesOf(written);
  const looks = kind.looks(args, sources);
  const has = Object.entries(written.has ?? {}).map(([path, file]): [string, FileState] => [path, stateOf(file)]);
  const asked = new Set(looks.flatMap((look) => (look.look === 'file' ? [look.path] : [])));
  const seen: Seen = {
    // It may see no more than it asked for.
    files: new Map(has.filter(([path]) => asked.has(path))),
    packages: new Map(looks.flatMap((look) => (written.packages ? [[lookKey(look), written.packages]] : []))),
    services: new Map(
      looks.flatMap((look) => (look.look === 'service' && written.service ? [[look.name, written.service]] : [])),
    ),
    unseen: new Map(),
  };
  const decision = kind.decide(args, seen, sources);
  expect(decision.failed).toBe(written.fails);
  expect(decision.steps.map(({ verb, what, why }) => `${verb} ${what} ${why}`)).toEqual(written.does ?? []);
  if (written.commands) {
    expect(decision.steps.flatMap(({ commands }) => commands).map(describeCommand)).toEqual(written.commands);
  }
  for (const { effect } of decision.steps) effect(seen);
  for (const [path, file] of Object.entries(written.becomes ?? {})) {
    const { type, content, ...wanted } = stateOf(file);
    const found = seen.files.get(path) ?? ABSENT;
    expect([path, found.type, found.content?.toString()]).toEqual([path, type, content?.toString()]);
    const named = typeof file === 'string' ? [] : Object.keys(file).filter((key) => key in wanted);
    for (const key of named as (keyof typeof wanted)[])
      expect([path, key, found[key]]).toEqual([path, key, wanted[key]]);
  }
  if (written.restless || written.fails !== undefined) return;
  const again = kind.decide(args, seen, sources);
  expect(
    again.steps.map(({ what, why }) => `${what} ${why}`),
    'a second time',
  ).toEqual([]);
}

/**
 * What a host would show of whatever it is asked, beside what the case has: directories are where something shall be in
 * them, and the files themselves are there or not.
 */
export function pretendedSight(
  looks: readonly Look[],
  { has = {}, packages, service }: Pick<Written, 'has' | 'packages' | 'service'>,
  there: boolean,
): Seen {
  const paths = looks.flatMap((look) => (look.look === 'file' ? [look] : []));
  const parents = new Set(paths.map(({ path }) => posix.dirname(path)));
  const fileAt = (path: string): WrittenFile => {
    if (Object.hasOwn(has, path)) return has[path]!;
    const isFile = !parents.has(path) || paths.some((one) => one.path === path && one.content !== undefined);
    return there && isFile ? { content: 'a\n' } : parents.has(path) ? 'directory' : 'absent';
  };
  return {
    files: new Map(paths.map(({ path }) => [path, stateOf(fileAt(path))])),
    packages: new Map(
      looks.flatMap((look) =>
        look.look !== 'packages'
          ? []
          : [
              [
                lookKey(look),
                packages ?? {
                  manager: 'apt-get',
                  installed: Object.fromEntries(there ? look.names.map((name) => [name, '1']) : []),
                  candidates: Object.fromEntries(look.names.map((name) => [name, '2'])),
                },
              ],
            ],
      ),
    ),
    services: new Map(
      looks.flatMap((look) =>
        look.look !== 'service'
          ? []
          : [[look.name, service ?? { manager: 'systemd', exists: true, running: there, enabled: there }]],
      ),
    ),
    unseen: new Map(),
  };
}

function stateOf(file: WrittenFile): FileState {
  const root = { owner: 'root', group: 'root', uid: 0, gid: 0 };
  if (file === 'directory') return { type: 'directory', mode: '0755', ...root };
  if (file === 'absent') return ABSENT;
  const { content, ...rest } = file;
  return {
    type: 'file',
    mode: '0644',
    ...root,
    ...rest,
    ...(content === undefined ? {} : { content: Buffer.from(content) }),
  };
}
