import { expect, test, vi } from 'vitest';
import type { Command } from '../../src/command.ts';
import { isDeclarative, type Outcome } from '../../src/task.ts';
import { readTimes } from '../../src/task/times.ts';
import { asyncStatus } from '../../tasks/async-status.ts';
import { perform } from './perform.ts';
import { onEveryShell } from './shells.ts';

type Run = Extract<Command, { do: 'run' }>;

const WAIT = { timeout: 30_000, interval: 200 };

const script = (text: string, more: Partial<Run> = {}): Command => ({
  do: 'run',
  scope: '',
  argv: ['sh', '-c', text],
  jobSeconds: 600,
  ...more,
});

onEveryShell('a job', (kernel) => {
  /** Starts one, and answers its name. */
  async function start(command: Command): Promise<string> {
    const { outcomes } = await perform(kernel(), [], { last: [command] });
    expect(outcomes[0]).toMatchObject({ rc: 0, stderr: '' });
    return /\/([0-9a-f-]{36})\n$/.exec(outcomes[0]!.stdout)![1]!;
  }

  async function ask(jid: string, mode = 'status'): Promise<Outcome> {
    if (isDeclarative(asyncStatus) || !('commands' in asyncStatus)) throw new Error('no program');
    const args = { jid, mode };
    const { outcomes } = await perform(kernel(), [], { last: asyncStatus.commands(args, undefined as never, {}) });
    return outcomes[0]!;
  }

  const word = async (jid: string): Promise<string> => (await ask(jid)).stdout.split(' ')[0]!;
  const ended = (jid: string): Promise<void> =>
    vi.waitFor(async () => {
      expect(await word(jid)).not.toBe('going');
    }, WAIT);

  test('goes on by itself, and tells what it printed and its exit code', async () => {
    await kernel().sh('rm -f /run/go');
    const jid = await start(script('until [ -e /run/go ]; do sleep 0.1; done; echo one; echo two >&2; exit 3'));
    expect(await word(jid)).toBe('going');
    await kernel().sh(': >/run/go');
    await ended(jid);
    expect(await ask(jid)).toMatchObject({
      rc: 0,
      stdout: `3 /run/netwright/jobs/${jid}\n\n\none\n`,
      stderr: 'two\n',
    });
    expect((await ask(jid, 'cleanup')).stdout).toMatch(/^erased /);
    expect(await word(jid)).toBe('none');
  });

  test('tells when it ran, where it is asked to', async () => {
    const jid = await start(script('sleep 1', { timed: true }));
    await ended(jid);
    const told = readTimes((await ask(jid)).stdout.split('\n')[1]!)!;
    expect(told.start < told.end, JSON.stringify(told)).toBe(true);
  });

  test('has what it was given, and nobody else can read that', async () => {
    const jid = await start(script('cat; printf %s "$SECRET"', { stdin: 'in\n', env: { SECRET: "it's" } }));
    await ended(jid);
    expect((await ask(jid)).stdout).toBe(`0 /run/netwright/jobs/${jid}\n\n\nin\nit's`);
    expect(await kernel().sh(`stat -c %a /run/netwright/jobs /run/netwright/jobs/${jid}/stdout`)).toBe('700\n600\n');
    expect(await kernel().sh(`ls /run/netwright/jobs/${jid}`)).not.toContain('run');
  });

  test('is a session of its own, and holds no descriptor of ours, such as that of the lock', async () => {
    const jid = await start(script('cut -d " " -f 6 /proc/$$/stat; ls /proc/$$/fd'));
    await ended(jid);
    const [, , , session, ...descriptors] = (await ask(jid)).stdout.split('\n');
    expect(session).toBe((await kernel().sh(`cat /run/netwright/jobs/${jid}/pid`)).trim());
    expect(descriptors).not.toContain('9');
  });

  test('is ended with all that it began when its time is over, and tells what it printed until then', async () => {
    const jid = await start(
      script('echo so far; trap "" TERM; sleep 4321 & sleep 4321; sleep 4321', { jobSeconds: 1 }),
    );
    await ended(jid);
    expect((await ask(jid)).stdout).toBe(`late /run/netwright/jobs/${jid}\n\n\nso far\n`);
    expect(await kernel().sh("grep -al 'sleep.4321' /proc/[0-9]*/cmdline || true")).toBe('');
  });

  test('that somebody ended is told so', async () => {
    const jid = await start(script('sleep 4322'));
    await vi.waitFor(() => kernel().sh(`[ -s /run/netwright/jobs/${jid}/pid ]`), WAIT);
    // busybox minds the dashes, and does it.
    await kernel().sh(`kill -s KILL -- -"$(cat /run/netwright/jobs/${jid}/pid)" || true`);
    await ended(jid);
    expect(await word(jid)).toBe('lost');
  });

  test('that has nothing to do tells why', async () => {
    const jid = await start(script('echo never', { unless: '/proc' }));
    await ended(jid);
    expect((await ask(jid)).stdout).toBe(`skipped /run/netwright/jobs/${jid}\n\n\n/proc exists`);
  });

  test('takes away what others printed that came to their end more than a day ago, and nothing else', async () => {
    const [old, recent] = [await start(script('true')), await start(script('true'))];
    await ended(old);
    await ended(recent);
    await kernel().sh(`touch -t 202001010000 /run/netwright/jobs/${old}/rc`);
    await start(script('true'));
    expect([await word(old), await word(recent)]).toEqual(['none', '0']);
  });
});
