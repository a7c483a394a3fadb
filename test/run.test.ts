import { expect, test } from 'vitest';
import { runScript, scriptCommand } from '../src/run/script.ts';
import type { Judgement, RunOptions, ScriptGiven } from '../src/task.ts';

const HOST = { name: 'h1', lab: 'lab' };

/** What a script comes to where every command answers this; and the commands. */
async function ran(
  script: (given: ScriptGiven) => unknown,
  answer: { rc?: number; stdout?: string; stderr?: string } = {},
) {
  const commands: [string, RunOptions][] = [];
  const onHost = (text: string, options: RunOptions) => {
    commands.push([text, options]);
    return Promise.resolve({ rc: 0, stdout: '', stderr: '', ...answer });
  };
  const kind = { kind: 'own', description: '', schema: {}, inCheck: false, script, file: import.meta.filename };
  const judgement: Judgement = await runScript(kind, { a: 1 }, HOST, false, onHost);
  return { commands, judgement };
}

test('what stands in a command of a script is a word, however it is spelt', async () => {
  const hostile = ["it's", '$(id)', '`id`', 'a\nb', '-n', 'ü', ''];
  const { commands } = await ran(async ({ $ }) => {
    await $`echo ${hostile} > ${'a b'} # ${7}`;
  });
  expect(commands[0]![0]).toBe(`echo 'it'\\''s' '$(id)' '\`id\`' 'a\nb' -n 'ü' '' > 'a b' # 7`);
});

test.each([[undefined], [null], [{}], [true], [NaN], [['a', undefined]]])('%j is no word', async (value) => {
  const { commands, judgement } = await ran(async ({ $ }) => {
    await $`echo ${value as unknown as string}`;
  });
  expect(commands).toEqual([]);
  expect(judgement.failed).toMatch(/^\/.*test\/run.test.ts:\d+:\d+: \$ takes texts, numbers and lists of them/);
});

test('a command that fails ends the script, at its place and not at ours', async () => {
  const { judgement } = await ran(
    async ({ $ }) => {
      await $`false`;
      throw new Error('never');
    },
    { rc: 7, stderr: 'no\nmore' },
  );
  expect(judgement.failed).toMatch(/run.test.ts:\d+:\d+: exit code 7: no$/);
});

test('a command may fail where the script says so, and gets input and a directory', async () => {
  const { commands, judgement } = await ran(
    async ({ $, args, host, check }) => {
      const { exitCode } = await $({ nothrow: true, input: 'x', cwd: '/tmp' })`false`;
      return { msg: [exitCode, args, host.name, check].map((one) => JSON.stringify(one)).join(' '), more: 1 };
    },
    { rc: 7 },
  );
  expect(commands).toEqual([['false', { nothrow: true, input: 'x', cwd: '/tmp' }]]);
  expect(judgement).toMatchObject({ changed: true, detail: '7 {"a":1} "h1" false', result: { more: 1 } });
  expect(scriptCommand(...commands[0]!)).toEqual({
    do: 'run',
    scope: '',
    argv: ['sh', '-c', 'set -eu\nfalse'],
    stdin: 'x',
    cwd: '/tmp',
  });
});

test('a script that runs nothing has changed nothing, and its answer is its output', async () => {
  expect((await ran(() => 'done')).judgement).toEqual({ changed: false, detail: 'done', result: {} });
  const { judgement } = await ran(async ({ $ }) => (await $`x`).toString(), { stdout: 'out\n' });
  expect(judgement).toMatchObject({ changed: true, detail: 'out' });
});
