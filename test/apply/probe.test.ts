import { beforeEach, expect, test } from 'vitest';
import type { Command } from '../../src/command.ts';
import { perform, words } from './perform.ts';
import { onEveryShell } from './shells.ts';

const probe = (target: string, port?: number, seconds = 1): Command => ({
  do: 'probe',
  scope: 'a',
  target,
  port,
  seconds,
  label: target,
});

const LISTEN = 'const s = require("net").createServer((c) => c.end()); s.listen(+process.argv[1], process.argv[2])';
const serve = (address: string, afterSeconds = 0): Command => ({
  do: 'start',
  scope: 'b',
  argv: ['sh', '-c', 'sleep "$0"; exec "$@"', `${afterSeconds}`, process.execPath, '-e', LISTEN, '8080', address],
  digest: 'digest',
});

const stop: Command = { do: 'stop', scope: 'b' };

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
    // Where many links come and go, the kernel may take a second to hear of a new one's carrier.
    const probes = ['10.0.0.2', '2001:db8::2'].map((target) => probe(target, undefined, 20));
    const { outcomes } = await perform(kernel(), [], { last: probes });
    expect(outcomes.map((outcome) => outcome?.rc)).toEqual([0, 0]);
    for (const outcome of outcomes) expect(Number(outcome?.stdout)).toBeLessThan(1000);
    for (const outcome of outcomes) expect(Number(outcome?.stdout)).toBeGreaterThan(0);
  });

  test('hears none where nobody is, and where there is no way', async () => {
    expect(await codes([probe('10.0.0.3'), probe('2001:db8::3'), probe('192.0.2.1'), probe('10.0.0.2')])).toEqual([
      1, 1, 1, 0,
    ]);
  });

  test('tells an open port from a closed one', async () => {
    await perform(kernel(), [serve('::')]);
    const probes = [
      probe('10.0.0.2', 8080),
      probe('2001:db8::2', 8080),
      probe('10.0.0.2', 8081),
      probe('10.0.0.3', 8080),
    ];
    expect(await codes(probes.map((one) => ({ ...one, seconds: 2 }) as Command))).toEqual([0, 0, 1, 1]);
    await perform(kernel(), [stop]);
  });

  test('waits as long as it is told for an answer', async () => {
    await perform(kernel(), [serve('0.0.0.0', 2)]);
    expect(await codes([probe('10.0.0.2', 8080, 4)])).toEqual([0]);
    await perform(kernel(), [stop]);
  });

  test('asks on many sides at the same time', async () => {
    const began = performance.now();
    const many = Array.from({ length: 40 }, (_, index) => probe(index % 2 === 0 ? '10.0.0.2' : '10.0.0.3'));
    expect(await codes(many)).toEqual(many.map((_, index) => index % 2));
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('is not asked after a failure', async () => {
    const failing: Command = { do: 'run', scope: '', argv: ['false'] };
    expect(words(await perform(kernel(), [failing], { last: [probe('10.0.0.2')] }))).toEqual(['failed', 'not run']);
  });
});
