import { afterEach, expect, test } from 'vitest';
import { lockScript } from '../../src/run/lock.ts';
import { onEveryShell } from '../apply/shells.ts';

const ME = { who: 'me@here (process 1)', playbook: 'lab.yml', remote: true };
const OWN = 'a1b2c3d4e5f6';

onEveryShell('the lock of a host', (kernel) => {
  /** Lets somebody hold it for so many seconds, whatever becomes of us. */
  const hold = (who: string, seconds: number, pid = '$!'): Promise<string> =>
    kernel().sh(`mkdir -p -m 700 /run/netwright
      setsid sh -c 'exec 9>>/run/netwright/lock; flock 9; : >/run/netwright/held; exec sleep ${seconds}' </dev/null >/dev/null 2>&1 &
      printf '%s\\n' '${who}' "since 2026-01-01 00:00:00 UTC, process ${pid}" >/run/netwright/holder
      echo $! >/run/holding
      n=0; while [ ! -e /run/netwright/held ] && [ $n -lt 100 ]; do n=$((n + 1)); sleep 0.1; done`);
  const take = async (own?: string): Promise<Record<string, string>> =>
    Object.fromEntries((await kernel().exchange(lockScript(ME, own))).map(({ name, text }) => [name, text.trim()]));
  const ours = `${ME.who} running ${ME.playbook}`;

  afterEach(() => kernel().sh('kill -9 $(cat /run/holding) 2>/dev/null || true; rm -rf /run/netwright /run/holding'));

  test('is taken, and says by whom', async () => {
    expect(await take()).toEqual({ 'lock pending': '' });
    expect(await kernel().sh('cat /run/netwright/holder')).toMatch(
      /^me@here \(process 1\) running lab\.yml\nsince \S+ \S+ UTC, process \d+\n$/,
    );
  });

  test('is not waited for, and whose it is is told', async () => {
    await hold('you running x.yml', 60);
    expect(await take()).toMatchObject({
      'lock held': expect.stringMatching(/^you running x\.yml\nsince .*, process \d+$/) as string,
    });
  });

  test('is taken from our own earlier session', async () => {
    await hold(ours, 60);
    expect(await take(OWN)).toEqual({ 'lock pending': '' });
  });

  test('is taken when that session has just ended by itself', async () => {
    await hold(ours, 1, '999999');
    expect(await take(OWN)).toEqual({ 'lock pending': '' });
  });

  test('is taken when somebody else came between, who lets go', async () => {
    await hold('you running x.yml', 1);
    expect(await take(OWN)).toEqual({ 'lock pending': '' });
  });

  test('is nobody else’s to give away', async () => {
    await hold('you running x.yml', 60);
    expect(await take(OWN)).toHaveProperty('lock held');
    expect(await kernel().sh('kill -0 $(cat /run/holding) && echo alive')).toBe('alive\n');
  });
});
