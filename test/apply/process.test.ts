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

  test('holds no descriptor of ours, such as that of the lock', async () => {
    const listed: Command = {
      do: 'start',
      scope: 'web',
      argv: ['sh', '-c', 'ls /proc/$$/fd >/run/fds; exec sleep 1000'],
      digest: 'd',
    };
    await kernel().sh('exec 9>/run/lock');
    await perform(kernel(), [listed]);
    expect((await kernel().sh('cat /run/fds')).split('\n')).not.toContain('9');
  });

  test('that has died is not running, even while nobody has buried it', async () => {
    await perform(kernel(), [start('web', ['sleep', '1000'])]);
    await kernel().sh('kill -9 $(ip netns pids web)');
    expect(await running()).toEqual({});
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
    expect(await kernel().sh('ip netns pids db | wc -l; ls /run/netwright')).toMatch(
      /^1\ndb\.log\ndb\.process\nweb\.log\n$/,
    );
    await perform(kernel(), [stop('db')]);
  });

  test('may be stopped where nothing runs, and where no namespace is', async () => {
    expect(words(await perform(kernel(), [stop('web'), stop('nowhere')]))).toEqual(['done', 'done']);
  });
});

const probe = (target: string, port?: number, seconds = 1): Command => ({
  do: 'probe',
  scope: 'a',
  target,
  port,
  seconds,
  label: target,
});

const LISTEN = 'const s = require("net").createServer((c) => c.end()); s.listen(+process.argv[1], process.argv[2])';
const server = (port: number, address: string, delay = 0): string[] => [
  ...['sh', '-c', 'sleep "$0"; exec "$@"', `${delay}`],
  ...[process.execPath, '-e', LISTEN, `${port}`, address],
];

onEveryShell('a probe', (kernel) => {
  const codes = async (probes: readonly Command[]): Promise<(number | undefined)[]> =>
    (await perform(kernel(), [], { last: probes })).outcomes.map((outcome) => outcome?.rc);

  beforeEach(async () => {
    await kernel().sh(`
[ ! -e /run/netns/a ] || exit 0
ip netns add a; ip netns add b
ip link add name a0 netns a type veth peer name b0 netns b
for n in a b; do
  for key in accept_dad router_solicitations; do echo 0 | ip netns exec $n tee /proc/sys/net/ipv6/conf/\${n}0/$key >/dev/null; done
  ip -n $n link set dev lo up; ip -n $n link set dev \${n}0 up
done
ip -n a addr add 10.0.0.1/24 dev a0; ip -n b addr add 10.0.0.2/24 dev b0
ip -n a addr add 2001:db8::1/64 dev a0 nodad; ip -n b addr add 2001:db8::2/64 dev b0 nodad`);
  });

  test('hears an answer to a ping, and how long it took', async () => {
    const { outcomes } = await perform(kernel(), [], { last: [probe('10.0.0.2'), probe('2001:db8::2')] });
    expect(outcomes.map((outcome) => outcome?.rc)).toEqual([0, 0]);
    for (const outcome of outcomes) expect(Number(outcome?.stdout)).toBeLessThan(100);
    for (const outcome of outcomes) expect(Number(outcome?.stdout)).toBeGreaterThan(0);
  });

  test('hears none where nobody is, and where there is no way', async () => {
    expect(await codes([probe('10.0.0.3'), probe('2001:db8::3'), probe('192.0.2.1'), probe('10.0.0.2')])).toEqual([
      1, 1, 1, 0,
    ]);
  });

  test('tells an open port from a closed one', async () => {
    const started = start('b', server(8080, '::'));
    await perform(kernel(), [started]);
    const probes = [
      probe('10.0.0.2', 8080),
      probe('2001:db8::2', 8080),
      probe('10.0.0.2', 8081),
      probe('10.0.0.3', 8080),
    ];
    expect(await codes(probes.map((one) => ({ ...one, seconds: 2 }) as Command))).toEqual([0, 0, 1, 1]);
    await perform(kernel(), [stop('b')]);
  });

  test('waits as long as it is told for an answer', async () => {
    await perform(kernel(), [start('b', server(8080, '0.0.0.0', 2))]);
    expect(await codes([probe('10.0.0.2', 8080, 4)])).toEqual([0]);
    await perform(kernel(), [stop('b')]);
  });

  test('asks on many sides at the same time', async () => {
    const began = performance.now();
    const many = Array.from({ length: 70 }, (_, index) => probe(index % 2 === 0 ? '10.0.0.2' : '10.0.0.3'));
    expect(await codes(many)).toEqual(many.map((_, index) => index % 2));
    expect(performance.now() - began).toBeLessThan(12_000);
  });

  test('is not asked after a failure', async () => {
    const failing: Command = { do: 'run', scope: '', argv: ['false'] };
    expect(words(await perform(kernel(), [failing], { last: [probe('10.0.0.2')] }))).toEqual(['failed', 'not run']);
  });
});
