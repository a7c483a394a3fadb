import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { objectTypes } from '../src/objects/index.ts';
import { isDeclarative } from '../src/task.ts';
import { VERSION } from '../src/version.ts';
import { kinds } from '../tasks/index.ts';

/**
 * The modules from the ground up. A module is a file of src/, or that file with the folder of the same name; tasks/ is
 * one too. It imports from lower layers only.
 */
const LAYERS = [
  ['error', 'infer', 'bounded', 'command', 'version', 'secret', 'glob'],
  ['address', 'source', 'connect', 'within', 'hushed'],
  ['facts', 'files', 'topology', 'template', 'vault'],
  ['object', 'gather'],
  ['objects', 'task'],
  ['report', 'tasks', 'validate', 'plan', 'apply'],
  ['playbook', 'inventory', 'pipework'],
  ['resolve', 'schemas', 'run', 'docs'],
  ['cli'],
  ['main', 'netwright-playbook', 'user'],
];

/** Programs; nothing of the engine itself knows any kind of task. */
const MAY_IMPORT_TASKS = ['cli', 'schemas'];

const LONGEST_FILE = 300;

const ROOT = join(import.meta.dirname, '..');

interface File {
  readonly path: string;
  readonly module: string;
  readonly text: string;
  /** Files of ours, and packages. */
  readonly imports: readonly string[];
  readonly packages: readonly string[];
}

const filesOf = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));

function moduleOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'src' ? second.replace(/\.ts$/, '') : top;
}

function read(path: string): File {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const named = [...text.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'|import\('([^']+)'\)/gms)];
  const specifiers = named.map(([, from, dynamic]) => from ?? dynamic ?? '');
  const own = specifiers.filter((name) => name.startsWith('.'));
  const foreign = specifiers.filter((name) => !name.startsWith('.') && !name.startsWith('node:'));
  return {
    path,
    module: moduleOf(path),
    text,
    imports: own.map((name) => normalize(join(dirname(path), name))),
    packages: foreign.map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
  };
}

const code = [...filesOf('src'), ...filesOf('tasks')].map(read);
const layerOf = (module: string): number => LAYERS.findIndex((layer) => layer.includes(module));

describe('imports', () => {
  it('know every module', () => {
    expect(code.filter(({ module }) => layerOf(module) < 0).map(({ path }) => path)).toEqual([]);
  });

  it('point down', () => {
    const wrong = code.flatMap(({ path, module, imports }) =>
      imports
        .filter((target) => moduleOf(target) !== module && layerOf(moduleOf(target)) >= layerOf(module))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('name files that are there', () => {
    const wrong = code.flatMap(({ path, imports }) =>
      imports.filter((target) => !existsSync(join(ROOT, target))).map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('of kinds of tasks are for programs only', () => {
    const engine = code.filter(({ module }) => module !== 'tasks' && !MAY_IMPORT_TASKS.includes(module));
    expect(engine.filter(({ imports }) => imports.some((target) => moduleOf(target) === 'tasks'))).toEqual([]);
  });

  it('of a package are in one module', () => {
    const users = new Map<string, Set<string>>();
    for (const { module, packages } of code) {
      for (const name of packages) users.set(name, (users.get(name) ?? new Set()).add(module));
    }
    expect([...users].filter(([, modules]) => modules.size > 1)).toEqual([]);
  });

  it('make no circles', () => {
    const files = new Map(code.map((file) => [file.path, file]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' -> '));
      if (way.includes(path) || done.has(path)) return;
      for (const target of files.get(path)?.imports ?? []) visit(target, [...way, path]);
      done.add(path);
    };
    for (const { path } of code) visit(path, []);
    expect(circles).toEqual([]);
  });
});

describe('every kind of task', () => {
  const dashed = (kind: string): string => kind.replaceAll('_', '-');

  it.each(kinds)('$kind has its file and its cases', (kind) => {
    const exported = new RegExp(`export const \\w+ = defineTask\\(\\{\\s+kind: '${kind.kind}'`);
    expect(readFileSync(join(ROOT, 'tasks', `${dashed(kind.kind)}.ts`), 'utf8')).toMatch(exported);
    const cases = readdirSync(join(ROOT, 'test/tasks', dashed(kind.kind)));
    const wanted = isDeclarative(kind) ? ['creates', 'keeps', 'changes', 'removes', 'refuses'] : ['refuses'];
    expect(wanted.filter((verb) => !cases.some((name) => name.startsWith(`${verb}-`)))).toEqual([]);
    expect(cases.filter((name) => !/^[A-Za-z0-9-]+\.yml$/.test(name))).toEqual([]);
  });

  it('that has a file is in the list', () => {
    const defined = code.flatMap(({ path, text }) =>
      path.startsWith('tasks/') && text.includes('defineTask({') ? [path] : [],
    );
    expect(defined.toSorted()).toEqual(kinds.map(({ kind }) => `tasks/${dashed(kind)}.ts`).toSorted());
  });
});

describe('every file', () => {
  it('is short', () => {
    expect(code.filter(({ text }) => text.split('\n').length > LONGEST_FILE).map(({ path }) => path)).toEqual([]);
  });

  it('with an object type is in the list', () => {
    const found = code.flatMap(({ text }) => [
      ...text.matchAll(/^export const \w+: ObjectType<[^=]* = \{\s+type: '(\w+)'/gm),
    ]);
    expect(found.map(([, type]) => type).toSorted()).toEqual(objectTypes.map(({ type }) => type).toSorted());
  });

  it('exports nothing that nobody uses', () => {
    const passedOn = /^export (?:type )?\{[^}]*\} from '[^']+';/gm;
    const all = [...code, ...[...filesOf('test'), ...filesOf('scripts')].map(read)];
    const users = all.map(({ path, text }) => ({ path, words: new Set(text.replaceAll(passedOn, '').match(/\w+/g)) }));
    const isUsed = (name: string, from: string): boolean =>
      users.some(({ path, words }) => path !== from && words.has(name));
    const exported = /^export (?:async )?(const|function|class|interface|type) (\w+)/gm;
    const unused = code.flatMap(({ path, text }) =>
      [...text.matchAll(exported)]
        .filter(([, sort, name]) => {
          // A type may only name what a function takes or gives.
          const isNamed = ['interface', 'type'].includes(sort!) && text.split(new RegExp(`\\b${name}\\b`)).length > 2;
          return !isNamed && !isUsed(name!, path);
        })
        .map(([, , name]) => `${path}: ${name}`),
    );
    expect(unused).toEqual([]);
  });

  it('of playbooks/ tells editors its schema', () => {
    const first = '# yaml-language-server: $schema=../schemas/playbook.schema.json\n';
    const playbooks = readdirSync(join(ROOT, 'playbooks')).filter((name) => name.endsWith('.yml'));
    expect(playbooks).not.toEqual([]);
    expect(playbooks.filter((name) => !readFileSync(join(ROOT, 'playbooks', name), 'utf8').startsWith(first))).toEqual(
      [],
    );
  });
});

it('the version is the same everywhere', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(VERSION).toBe(manifest.version);
});

describe('the wall clock', () => {
  /**
   * What a person is told: since when a lock is held, when a pause began; the name of a backup; and Ansible's facts and
   * words about it, for playbooks.
   */
  const TOLD = ['apply/place', 'facts/system-script', 'run/lock', 'run/pausing', 'template/words'];

  it('decides nothing: it may be wrong on either side, and jump', () => {
    const asking = /Date\.now\(|new Date\(|\bDate\(|[$`(; ]date (?:-|\+)|--on-calendar|strftime/;
    expect(
      code
        .filter(({ text }) => asking.test(text))
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual(TOLD.map((name) => `src/${name}.ts`));
  });
});
