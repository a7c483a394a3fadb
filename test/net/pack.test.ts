import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from './netwright.ts';

// What npm would publish, in an empty project of somebody who never saw this repository.

const folder = mkdtempSync(join(tmpdir(), 'netwright-pack-'));
const project = join(folder, 'project');
/** Of the README, with a task of one's own. */
let play: string;

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

function run(cwd: string, command: string, argv: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, argv, { cwd, encoding: 'utf8', timeout: 110_000 });
  return { code: status, stdout, said: `${command} ${argv.join(' ')}\n${stdout}${stderr}` };
}

function must(cwd: string, command: string, argv: readonly string[]): string {
  const { code, stdout, said } = run(cwd, command, argv);
  expect(code, said).toBe(0);
  return stdout;
}

const blocks = (language: string): string[] => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);
};

/** As `prepack` builds it, but beside the build that the other tests are using. */
beforeAll(() => {
  const staged = join(folder, 'staged');
  mkdirSync(staged);
  const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
  for (const name of [...own.files, 'package.json', 'README.md', 'LICENSE'])
    cpSync(join(ROOT, name), join(staged, name), { recursive: true });
  must(ROOT, process.execPath, [TSC, '-p', 'tsconfig.types.json', '--outDir', join(staged, 'dist/types')]);
  const [packed] = JSON.parse(must(staged, 'npm', ['pack', '--ignore-scripts', '--json'])) as [{ filename: string }];
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "empty", "private": true, "type": "module" }\n');
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  must(project, 'npm', ['install', ...quiet, join(staged, packed.filename)]);
  const [script] = blocks('ts').filter((text) => text.includes('defineScript'));
  play = blocks('yaml').find((text) => text.includes('taskdirs'))!;
  mkdirSync(join(project, 'my-tasks'));
  writeFileSync(join(project, 'my-tasks/mtu_of.ts'), script!);
  writeFileSync(join(project, 'play.yml'), play);
});

test("the programs run, and check a playbook and a task of one's own", () => {
  expect(must(project, 'npx', ['netwright', '--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(must(project, 'npx', ['netwright', 'docs', 'package'])).toContain('update_cache');
  expect(must(project, 'npx', ['netwright-playbook', '--syntax-check', 'play.yml'])).toBe('\nplaybook: play.yml\n');
  writeFileSync(join(project, 'play.yml'), play.replace('dev: lo', 'def: lo'));
  const { code, said } = run(project, 'npx', ['netwright', 'validate', 'play.yml']);
  expect(code, said).toBe(4);
  expect(said).toContain('[UNKNOWN_KEY] mtu_of: "def" is not an option; did you mean "dev"?');
});

test("an editor knows the types of a task of one's own, and what is wrong with it", () => {
  writeFileSync(
    join(project, 'own.ts'),
    `import { defineScript, defineTask, type Kind } from 'netwright';

export const script: Kind = defineScript({
  schema: { type: 'object', additionalProperties: false, required: ['dev'], properties: { dev: { type: 'string' }, mtu: { type: 'integer' } } },
  run: async ({ $, args, host }) => {
    const dev: string = args.dev;
    const mtu: number | undefined = args.mtu;
    // @ts-expect-error -- there is no such option
    void args.dve;
    const { stdout } = await $\`ip link show \${dev}\`;
    return { changed: false, msg: \`\${host.name} \${stdout} \${mtu ?? 0}\` };
  },
});

export const task = defineTask({
  kind: 'kept',
  description: 'Keeps a kernel parameter.',
  schema: { type: 'object', additionalProperties: false, required: ['name'], properties: { name: { type: 'string' } } },
  identity: ({ name }) => \`kept \${name}\`,
  objects: ({ name }) => [{ type: 'sysctl', scope: '', data: { key: name, value: '1' } }],
});

// @ts-expect-error -- a kind says what it is about
defineTask({ kind: 'none', description: '', schema: { type: 'object' }, objects: () => [] });
`,
  );
  // As `tsc --init` has it: some of our own types know Node's Buffer.
  const strict = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023',
  ];
  must(project, process.execPath, [TSC, ...strict, 'own.ts', 'my-tasks/mtu_of.ts']);
});
