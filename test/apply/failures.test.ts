import { expect, test } from 'vitest';
import type { Command } from '../../src/command.ts';
import type { Ledger } from '../../src/facts/ledger.ts';
import { renderApply } from '../../src/apply.ts';
import { ip, perform, run, sysctl, words } from './perform.ts';
import { onEveryShell } from './shells.ts';

const good = (scope: string, name: string) => ip(scope, 'link', 'add', 'name', name, 'type', 'bridge');
const bad = (scope: string) => ip(scope, 'link', 'set', 'dev', 'nobody', 'up');
const forward = (scope: string, value = '0') => sysctl(scope, 'net/ipv4/ip_forward', value);
const ofInterface = (scope: string, name: string) => sysctl(scope, `net/ipv4/conf/${name}/rp_filter`, '2');

const ledger = (playbook: string): Ledger => ({ version: 1, lab: 'lab', playbook, boot: 'b', entries: {}, held: {} });

onEveryShell('the command that failed is blamed, and nothing after it runs', (kernel) => {
  const links = async (scope = ''): Promise<string[]> => {
    const shown = await kernel().sh(`ip ${scope === '' ? '' : `-n ${scope}`} -j link`);
    return (JSON.parse(shown) as { ifname: string }[]).map(({ ifname }) => ifname);
  };

  test('in a batch on the host', async () => {
    const done = await perform(kernel(), [
      good('', 'a1'),
      good('', 'a2'),
      bad(''),
      good('', 'a3'),
      run('touch', '/run/a'),
    ]);
    expect(words(done)).toEqual(['done', 'done', 'failed', 'not run', 'not run']);
    expect(done.results[2]).toContain('nobody');
    expect(await links()).toEqual(['lo', 'a1', 'a2']);
    expect(await kernel().sh('ls /run')).not.toMatch(/^a$/m);
  });

  test('among parameters on the host', async () => {
    const done = await perform(kernel(), [
      forward(''),
      ofInterface('', 'lo'),
      ofInterface('', 'nobody'),
      forward('', '1'),
    ]);
    expect(words(done)).toEqual(['done', 'done', 'failed', 'not run']);
    expect(await kernel().sh('cat /proc/sys/net/ipv4/ip_forward')).toBe('0\n');
  });

  test('where the kernel refuses a value', async () => {
    expect(words(await perform(kernel(), [forward(''), forward('', 'maybe'), forward('')]))).toEqual([
      'done',
      'failed',
      'not run',
    ]);
  });

  test('in a batch in a namespace', async () => {
    await kernel().sh('ip netns add b');
    const done = await perform(kernel(), [good('b', 'b1'), bad('b'), good('b', 'b2')]);
    expect(words(done)).toEqual(['done', 'failed', 'not run']);
    expect(await links('b')).toEqual(['lo', 'b1']);
  });

  test.each([
    ['the second parameter', [forward('c'), sysctl('c', 'net/ipv4/nothing', '1'), good('c', 'c1')], 1],
    ['the second link', [forward('c'), good('c', 'c2'), bad('c'), ofInterface('c', 'lo'), good('c', 'c3')], 2],
    [
      'a parameter after links',
      [forward('c'), good('c', 'c4'), ofInterface('c', 'lo'), ofInterface('c', 'no'), good('c', 'c5')],
      3,
    ],
    [
      'a link after parameters after links',
      [good('c', 'c6'), ofInterface('c', 'c6'), good('c', 'c7'), good('c', 'c7')],
      3,
    ],
  ] as const)('in a namespace that gets links and parameters: %s', async (_, commands, at) => {
    await kernel().sh('[ -e /run/netns/c ] || ip netns add c');
    const expected = commands.map((_command, index) => (index < at ? 'done' : index === at ? 'failed' : 'not run'));
    expect(words(await perform(kernel(), commands))).toEqual(expected);
  });

  test('in a namespace that is not there', async () => {
    const done = await perform(kernel(), [forward('nowhere'), good('nowhere', 'x'), good('elsewhere', 'x')]);
    expect(words(done)).toEqual(['failed', 'not run', 'not run']);
    expect(done.results[0]).toMatch(/nowhere/);
  });

  test('among many namespaces, of which two workers do one half each', async () => {
    const names = ['d1', 'd2', 'd3', 'd4', 'd5', 'd6'];
    await kernel().sh(names.map((name) => `ip netns add ${name}`).join('\n'));
    const each = names.map((name) => (name === 'd2' ? bad(name) : good(name, 'made')));
    const plug = ip('', 'link', 'add', 'name', 'x1', 'type', 'veth', 'peer', 'name', 'x2', 'netns', 'd6');
    const done = await perform(kernel(), [...each, plug]);
    // The other half may have been done meanwhile.
    expect(words(done)).toEqual(['done', 'failed', 'not run', 'done', 'done', 'done', 'not run']);
    expect(await links('d3')).toEqual(['lo']);
    expect(await links()).not.toContain('x1');
  });

  test('where there is no room to put the output of two workers', async () => {
    const names = ['e1', 'e2', 'e3', 'e4', 'e5'];
    await kernel().sh(
      `${names.map((name) => `ip netns add ${name}`).join('\n')}\nmount -t tmpfs -o nr_inodes=1 full /run`,
    );
    const done = await perform(
      kernel(),
      names.map((name) => good(name, 'made')),
    );
    await kernel().sh('umount /run');
    expect(words(done)).toEqual(['failed', 'not run', 'not run', 'not run', 'not run']);
    expect(await links('e1')).toEqual(['lo']);
    expect(await kernel().sh('ls -a /')).not.toMatch(/^[ab]$/m);
  });

  test('and what has to be looked at is looked at all the same', async () => {
    const writes = { final: ledger('new') };
    const then = 'mark look; echo seen';
    const done = await perform(kernel(), [bad(''), run('touch', '/run/f')], {
      writes,
      then,
      last: [run('touch', '/run/f')],
    });
    expect(words(done)).toEqual(['failed', 'not run', 'not run']);
    expect(done.rest).toContainEqual({ name: 'look', text: 'seen\n' });
    expect(await kernel().sh('ls /run /var/lib/netwright')).not.toMatch(/^f$|lab/m);
  });
});

onEveryShell('a ledger', (kernel) => {
  const content = (): Promise<string> =>
    kernel().sh('cat /var/lib/netwright/lab.json; ls -A /var/lib/netwright 2>/dev/null || true');

  test('is written before the first change and after the last', async () => {
    const writes = { intent: ledger('before'), final: ledger('after') };
    const done = await perform(kernel(), [run('cat', '/var/lib/netwright/lab.json')], { writes });
    expect(done.outcomes[0]!.stdout).toBe(`${JSON.stringify(writes.intent)}\n`);
    expect(await content()).toBe(`${JSON.stringify(writes.final)}\nlab.json\n`);
    expect(await kernel().sh('stat -c %a /var/lib/netwright/lab.json')).toBe('600\n');
  });

  test('is not written after a failure', async () => {
    const writes = { intent: ledger('before'), final: ledger('after') };
    await perform(kernel(), [bad('')], { writes });
    expect(await content()).toBe(`${JSON.stringify(writes.intent)}\nlab.json\n`);
  });

  test.each([
    ['a full disk', '16k'],
    ['a disk with room for a part of it', '4k'],
  ])('stays whole on %s, and no change is made', async (_, filler) => {
    await kernel().sh('mount -t tmpfs -o size=16k small /var/lib/netwright');
    await perform(kernel(), [], { writes: { final: ledger('old') } });
    await kernel().sh(`head -c ${filler} /dev/zero >/var/lib/netwright/filler 2>/dev/null || true`);
    const intent = ledger('x'.repeat(20_000));
    const done = await perform(kernel(), [run('touch', '/run/changed')], { writes: { intent, final: ledger('new') } });
    expect(words(done)).toEqual(['not run']);
    expect(done.ledger).toMatch(/cannot be written/);
    expect(await content()).toBe(`${JSON.stringify(ledger('old'))}\nfiller\nlab.json\n`);
    expect(await kernel().sh('umount /var/lib/netwright; ls /run')).not.toContain('changed');
  });

  test('goes with its directory when the lab is gone', async () => {
    await perform(kernel(), [], { writes: { final: ledger('x') } });
    await perform(kernel(), [], { writes: { final: { removed: 'lab' } } });
    expect(await kernel().sh('ls -A /var/lib/netwright 2>/dev/null || true')).toBe('');
  });
});

/** Whoever comes next, and writes. */
const NEXT = { writes: { final: { removed: 'other' } } };

onEveryShell('a file that was being written', (kernel) => {
  const files = (): Promise<string> => kernel().sh('find /run/made /var/lib/netwright -mindepth 1 || true');

  test('when all was killed is taken away by whoever comes next', async () => {
    await kernel().sh('mkdir -p /run/made');
    const command: Command = { do: 'write', path: '/run/made/for/it', content: 'half', mode: '0644' };
    const { text } = renderApply([{ id: 0, command }], {}, '', []);
    await kernel().exchange(text.replace('sync "$t"', () => 'kill -9 $$'));
    expect((await files()).split('\n').sort().slice(1)).toEqual([
      '/run/made/for',
      expect.stringMatching(/^\/run\/made\/for\/it\.[0-9a-f-]{36}$/),
      '/var/lib/netwright/unfinished',
    ]);
    await perform(kernel(), [], NEXT);
    expect(await files()).toBe('');
  });
});

onEveryShell('what a script has for its own use', (kernel) => {
  test('goes with the next run that writes when all was killed, and while it runs it stays', async () => {
    const { text } = renderApply([], {}, '', [{ id: 0, command: run('sh', '-c', 'kill -9 $PPID') }]);
    await kernel().exchange(text);
    const left = (): Promise<string> => kernel().sh('ls /run/netwright');
    expect(await left()).toMatch(/^tmp\.\d+\.\w+\n$/);
    await kernel().sh('touch /run/netwright/tmp.1.alive');
    await perform(kernel(), [], NEXT);
    expect(await left()).toBe('tmp.1.alive\n');
  });
});

onEveryShell('an undo goes on whatever fails', (kernel) => {
  test('so that it takes back what a cut off apply had done', async () => {
    await kernel().sh('ip link add name u0 type ifb; ip netns add u; ip -n u link add name u1 type ifb');
    await kernel().sh('ip addr add 10.0.0.1/24 dev u0; ip -n u addr add 10.0.0.1/24 dev u1');
    await kernel().sh('echo 1 >/proc/sys/net/ipv4/ip_forward');
    const back = [
      ip('', 'addr', 'del', '10.0.0.3/24', 'dev', 'u0'),
      ip('', 'addr', 'del', '10.0.0.1/24', 'dev', 'u0'),
      ip('u', 'addr', 'del', '10.0.0.3/24', 'dev', 'u1'),
      ip('u', 'addr', 'del', '10.0.0.1/24', 'dev', 'u1'),
      sysctl('', 'net/ipv4/no_such_thing', '1'),
      forward(''),
    ];
    const { text } = renderApply(
      back.map((command, id) => ({ id, command })),
      { final: ledger('back') },
      '',
      [],
      true,
    );
    await kernel().exchange(text);
    const shown = await kernel().sh(
      'ip -4 addr show dev u0; ip -n u -4 addr show dev u1; cat /proc/sys/net/ipv4/ip_forward',
    );
    expect(shown).toBe('0\n');
    expect(await kernel().sh('cat /var/lib/netwright/lab.json')).toBe(`${JSON.stringify(ledger('back'))}\n`);
  });
});
