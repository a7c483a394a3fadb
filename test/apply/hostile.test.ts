import { afterEach, expect, test } from 'vitest';
import type { Command } from '../../src/command.ts';
import { payloads } from './payloads.ts';
import { perform, run } from './perform.ts';
import { onEveryShell } from './shells.ts';

/** A file name: no slash, at most 255 bytes, and not one of the two directories. */
const names = payloads
  .map((text) => text.replaceAll('/', ':').slice(0, 120))
  .filter((name) => name !== '' && name !== '.' && name !== '..');

/** Many rounds: on a busy machine they take their time, and what comes next must not begin before. */
const SLOWLY = { timeout: 120_000 };

onEveryShell('hostile strings arrive byte by byte, and nothing in them is executed', (kernel) => {
  const outputs = async (commands: readonly Command[]): Promise<(string | undefined)[]> =>
    (await perform(kernel(), commands)).outcomes.map((outcome) => outcome?.stdout);

  afterEach(async () => {
    expect(await kernel().sh('ls /run')).not.toContain('pwned');
  });

  const argv = ['printf', '%s\\0', ...payloads];
  const printed = payloads.map((text) => `${text}\0`).join('');

  test('as arguments', async () => {
    expect(await outputs([run(...argv)])).toEqual([printed]);
  });

  test('as arguments in a namespace', async () => {
    await kernel().sh('ip netns add web');
    expect(await outputs([{ do: 'run', scope: 'web', argv }])).toEqual([printed]);
  });

  test('as input', async () => {
    const seen = await outputs(payloads.map((stdin) => ({ do: 'run', scope: '', argv: ['cat'], stdin })));
    expect(seen).toEqual(payloads);
  });

  test('as values of the environment', async () => {
    const env = Object.fromEntries(payloads.map((text, index) => [`VALUE${index}`, text]));
    const [seen] = await outputs([{ do: 'run', scope: '', argv: ['env', '-0'], env }]);
    expect(seen?.split('\0')).toEqual(expect.arrayContaining(payloads.map((text, index) => `VALUE${index}=${text}`)));
  });

  test('as values of the environment of another user, whatever the variables are called', SLOWLY, async () => {
    const names = ['TOKEN', 'PYTHON_TOKEN', 'LD_X', 'PATH', 'HOME', 'IFS', 'PS4', 'LC_X', 'RANDOM', 'UID', 'BASH_ENV'];
    const values = payloads.filter((text) => text.length < 1000);
    for (const [at, value] of ['() { :; }; touch /run/pwned', ...values].entries()) {
      const env = { [names[at % names.length]!]: value, PLAIN: value };
      for (const user of [undefined, 'root']) {
        const command: Command = { do: 'run', scope: '', argv: ['/usr/bin/env', '-0'], env, ...(user && { user }) };
        const [seen] = await outputs([command]);
        const wanted = Object.entries(env).map((pair) => pair.join('='));
        expect(seen?.split('\0'), JSON.stringify(env)).toEqual(expect.arrayContaining(wanted));
        expect(seen).not.toMatch(/(^|\0)netwright_/);
      }
    }
  });

  test('as contents and names of files, and as directories to work in', async () => {
    const path = (name: string): string => `/run/hostile/${name}/${name}`;
    const writes = names.map((name): Command => ({ do: 'write', path: path(name), content: name, mode: '0640' }));
    expect(new Set((await perform(kernel(), writes)).results)).toEqual(new Set(['done']));
    const show = (name: string): string[] => ['sh', '-c', 'cat -- "$0"; stat -c %a -- "$0"', `./${name}`];
    const reads = names.map((name): Command => ({
      do: 'run',
      scope: '',
      argv: show(name),
      cwd: `/run/hostile/${name}`,
    }));
    expect(await outputs(reads)).toEqual(names.map((name) => `${name}640\n`));
    const unlinks = names.map((name): Command => ({ do: 'unlink', path: path(name), parent: true }));
    expect(new Set((await perform(kernel(), unlinks)).results)).toEqual(new Set(['done']));
    expect(await kernel().sh('ls -A /run/hostile')).toBe('');
  });

  test('as contents of files', async () => {
    const writes = payloads.map((content, index): Command => ({
      do: 'write',
      path: `/run/c${index}`,
      content,
      mode: '0600',
    }));
    expect(new Set((await perform(kernel(), writes)).results)).toEqual(new Set(['done']));
    expect(await outputs([run('cat', ...payloads.map((_, index) => `/run/c${index}`))])).toEqual([payloads.join('')]);
  });

  test('as files that must exist or must not', async () => {
    const missing = names.map((name) => `/run/no/${name}`);
    const skipped = missing.map((onlyIf): Command => ({ do: 'run', scope: '', argv: ['echo', 'ran'], onlyIf }));
    const { outcomes } = await perform(kernel(), skipped);
    expect(outcomes.map((outcome) => outcome?.skipped)).toEqual(missing.map((path) => `${path} does not exist`));
    const done = missing.map((unless): Command => ({ do: 'run', scope: '', argv: ['echo', 'ran'], unless }));
    expect(new Set(await outputs(done))).toEqual(new Set(['ran\n']));
  });

  test('as arguments and input of what is started', async () => {
    await kernel().sh('[ -e /run/netns/web ] || ip netns add web');
    const program = ['sh', '-c', 'printf "%s\\0" "$@" >/run/started; exec sleep 1000', 'sh', ...payloads];
    const start: Command = { do: 'start', scope: 'web', argv: program, digest: 'd', hostname: 'web' };
    const done = await perform(kernel(), [start, run('cat', '/run/started'), { do: 'stop', scope: 'web' }]);
    expect(done.results).toEqual(['done', 'done', 'done']);
    expect(done.outcomes[1]?.stdout).toBe(printed);
  });
});

onEveryShell('the first word of a program is a program', (kernel) => {
  test.each([
    'if',
    'then',
    'while',
    'case',
    'time',
    'in',
    '{',
    '!',
    'exit',
    'return',
    'eval',
    '.',
    'set',
    'cd',
    'mark',
    'put',
    'endall',
    'a=b',
  ])('and not what a shell makes of %j', async (word) => {
    const done = await perform(kernel(), [run(word, 'done 0 0'), run('touch', '/run/after')]);
    // `time` and a few others may be installed as programs.
    expect(done.outcomes[0]?.rc).toBeGreaterThan(0);
    expect(done.results[1]).toBe('not run');
  });

  test('so that echo and test are not those of the shell', async () => {
    const { outcomes } = await perform(kernel(), [run('echo', 'a\\nb\\c'), run('true')]);
    expect(outcomes[0]?.stdout).toBe('a\\nb\\c\n');
  });

  test('whose streams and exit code are told apart', async () => {
    const { outcomes, results } = await perform(kernel(), [run('sh', '-c', 'echo out; echo err >&2; exit 7')]);
    expect(outcomes[0]).toMatchObject({ rc: 7, stdout: 'out\n', stderr: 'err\n' });
    expect(results[0]).toContain('failed');
  });

  test('which reads nothing where it is given nothing', async () => {
    const { outcomes } = await perform(kernel(), [run('cat'), run('cat'), run('echo', 'still here')]);
    expect(outcomes.map((outcome) => outcome?.stdout)).toEqual(['', '', 'still here\n']);
  });

  test('which holds no descriptor of ours, such as that of the lock', async () => {
    const { outcomes } = await perform(kernel(), [run('sh', '-c', 'ls /proc/$$/fd')]);
    expect(outcomes[0]?.stdout.split('\n')).not.toContain('9');
  });

  test('which dies of a broken pipe like any other', async () => {
    const { outcomes } = await perform(kernel(), [run('sh', '-c', 'yes | head -n 1; kill -s PIPE $$; echo alive')]);
    expect(outcomes[0]).toMatchObject({ rc: 141, stdout: 'y\n', stderr: '' });
  });
});
