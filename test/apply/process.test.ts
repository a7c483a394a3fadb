import { setTimeout } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import type { Command } from '../../src/command.ts';
import { perform, words } from './perform.ts';
import { onEveryShell } from './shells.ts';

const start = (scope: string, argv: readonly string[], more: { hostname?: string; digest?: string } = {}): Command => ({
  do: 'start',
  scope,
  argv,
  digest: 'digest',
  ...more,
});

const stop = (scope: string): Command => ({ do: 'stop', scope });

onEveryShell('a program', (kernel) => {
  const running = async (): Promise<Record<string, string>> =>
    (await kernel().gather([{ fact: 'process', scope: 'web' }])).processes;
  const commands = (): Promise<string> =>
    kernel().sh('for p in $(ip netns pids web); do tr "\\0" " " </proc/$p/cmdline; echo; done');

  beforeEach(async () => {
    await kernel().sh('[ -e /run/netns/web ] || ip netns add web');
    await perform(kernel(), [stop('web')]);
  });

  test('outlives the script that started it, and is known by its digest', async () => {
    expect(words(await perform(kernel(), [start('web', ['sleep', '1000'])]))).toEqual(['done']);
    expect(await running()).toEqual({ web: 'digest' });
    expect(await commands()).toBe('sleep 1000 \n');
    expect(await kernel().sh('cat /run/netwright/web.process')).toMatch(/^\d+ \d+ digest\n$/);
  });

  test('has a session of its own, no input, and its output in a log', async () => {
    const script =
      'echo out; echo err >&2; read -r line; echo "read $?"; cut -d " " -f 1,6 /proc/$$/stat; exec sleep 1000';
    await perform(kernel(), [start('web', ['sh', '-c', script])]);
    const [out, err, read, session] = (await kernel().sh('cat /run/netwright/web.log')).split('\n');
    expect([out, err, read]).toEqual(['out', 'err', 'read 1']);
    expect(session).toMatch(/^(\d+) \1$/);
  });

  test('writes as the host has it, and knows nothing of how we write', async () => {
    const script = 'umask; echo "${NETWRIGHT_UMASK-none}"; : >/run/own; exec sleep 1000';
    await perform(kernel(), [start('web', ['sh', '-c', script])]);
    const [umask, ours] = (await kernel().sh('cat /run/netwright/web.log')).split('\n');
    expect([umask!.replace(/^0*/, ''), ours]).toEqual(['27', 'none']);
    expect(await kernel().sh('stat -c %a /run/own /run/netwright/web.log /run/netwright/web.process')).toBe(
      '640\n600\n600\n',
    );
    await kernel().sh('rm /run/own');
  });

  test('holds no descriptor of ours, such as that of the lock', async () => {
    const listed: Command = {
      do: 'start',
      scope: 'web',
      argv: ['sh', '-c', 'ls /proc/$$/fd >/run/fds; exec sleep 1000'],
      digest: 'd',
    };
    await perform(kernel(), [listed]);
    expect((await kernel().sh('cat /run/fds')).split('\n')).not.toContain('9');
  });

  test('that has died is not running, even while nobody has buried it', async () => {
    await perform(kernel(), [start('web', ['sleep', '1000'])]);
    await kernel().sh('kill -9 $(ip netns pids web)');
    // On a busy machine even this takes a moment.
    await expect.poll(running, { timeout: 10_000 }).toEqual({});
  });

  test('whose namespace somebody deleted is astray, and is ended with what it left', async () => {
    await perform(kernel(), [start('web', ['sh', '-c', 'sleep 1001; true'])]);
    await kernel().sh('ip netns del web');
    expect(await running()).toEqual({ web: 'astray' });
    await perform(kernel(), [stop('web')]);
    expect(await running()).toEqual({});
    const left = 'cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "sleep 100[1]" || true; ls /run/netwright';
    expect(await kernel().sh(left)).not.toMatch(/^[1-9]|web/m);
  });

  test('that is dead, and its namespace gone, leaves nothing to the next run', async () => {
    await perform(kernel(), [start('web', ['sleep', '1000'])]);
    await kernel().sh('kill -9 $(ip netns pids web); ip netns del web; : >/run/netwright/web.eth0.log');
    const left = async (): Promise<string> => {
      await perform(kernel(), [stop('other')]);
      return kernel().sh('ls /run/netwright | grep -c ^web || true');
    };
    // On a busy machine even dying takes a moment.
    await expect.poll(left, { timeout: 10_000 }).toBe('0\n');
  });

  test('whose number somebody else has got since is not running', async () => {
    await perform(kernel(), [start('web', ['sleep', '1000'])]);
    await kernel().sh(
      'read -r pid start digest </run/netwright/web.process; echo "$pid $((start - 1)) $digest" >/run/netwright/web.process',
    );
    expect(await running()).toEqual({});
  });

  test('may have any name', async () => {
    await kernel().sh(`cp /bin/sleep "$(printf '/run/a) Z 1\\nb')"`);
    expect(words(await perform(kernel(), [start('web', ['/run/a) Z 1\nb', '1000'])]))).toEqual(['done']);
    expect(await running()).toEqual({ web: 'digest' });
  });

  test('that cannot be started is a failure, with its last words', async () => {
    const { results } = await perform(kernel(), [start('web', ['/run/nothing'])]);
    expect(results[0]).toMatch(/failed: .*\/run\/nothing/s);
    expect(await running()).toEqual({});
  });

  test('that ends at once is a failure, with its last words', async () => {
    const { results } = await perform(kernel(), [start('web', ['sh', '-c', 'echo no such luck; exit 3'])]);
    expect(results[0]).toMatch(/failed: .*no such luck/s);
    expect(await running()).toEqual({});
  });

  test('knows itself by the name that it is given, and the host keeps its own', async () => {
    const before = await kernel().sh('hostname');
    await perform(kernel(), [start('web', ['sh', '-c', 'hostname; exec sleep 1000'], { hostname: 'web.example' })]);
    expect(await kernel().sh('cat /run/netwright/web.log')).toBe('web.example\n');
    expect(await running()).toEqual({ web: 'digest' });
    expect(await kernel().sh('hostname')).toBe(before);
  });

  test('is ended with everything else in its namespace, and only there', async () => {
    await kernel().sh('ip netns add db');
    const stubborn = ['sh', '-c', 'trap "" TERM; sleep 1000 & while :; do wait; sleep 0.1; done'];
    await perform(kernel(), [start('web', stubborn), start('db', ['sleep', '2000'])]);
    expect(words(await perform(kernel(), [stop('web')]))).toEqual(['done']);
    await setTimeout(50);
    expect(await commands()).toBe('');
    expect(await kernel().sh('ip netns pids db | wc -l; ls /run/netwright')).toMatch(/^1\ndb\.log\ndb\.process\n$/);
    await perform(kernel(), [stop('db')]);
  });

  test('may be stopped where nothing runs, and where no namespace is', async () => {
    expect(words(await perform(kernel(), [stop('web'), stop('nowhere')]))).toEqual(['done', 'done']);
  });
});
