import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DiskFiles } from '../../src/cli/files.ts';
import { surroundingsOf } from '../../src/cli/surroundings.ts';

let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'netwright-around-'));
  const folder = join(project, 'files');
  mkdirSync(join(folder, 'folder'), { recursive: true });
  for (const name of ['a1', 'a2', 'a[', 'b', '.hidden']) writeFileSync(join(folder, name), '');
  symlinkSync('nowhere', join(folder, 'a-link'));
  symlinkSync('/etc/hostname', join(folder, 'outside'));
});
afterAll(() => {
  rmSync(project, { recursive: true });
});

test.each([
  ['*', ['a1', 'a2', 'a[', 'b']],
  ['a[!2]', ['a1', 'a[']],
  ['a[', ['a[']],
  ['?', ['b']],
  ['.h*', ['.hidden']],
  ['nothing*', []],
])('the files of a project whose names fit %s are found, but no link out of it or to nowhere', (pattern, names) => {
  const around = surroundingsOf(join(project, 'lab.yml'), new DiskFiles());
  expect(around.glob(pattern, { folder: project, role: undefined }).map((path) => basename(path))).toEqual(names);
});
