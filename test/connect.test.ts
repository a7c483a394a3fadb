import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openSession, type Session, type Target } from '../src/connect.ts';
import { preamble, request } from '../src/connect/runner.ts';
import type { NetwrightError } from '../src/error.ts';
import { EXIT } from '../src/error.ts';
import { SHELLS, useShell } from './connect/shells.ts';

const me: Target = {
  name: 'me',
  type: 'local',
  address: 'localhost',
  sshArgs: [],
  become: { enabled: false, user: 'root' },
};

const problemOf = (promise: Promise<unknown>): Promise<NetwrightError> =>
  promise.then(
    () => expect.unreachable('it went well'),
    (error: unknown) => error as NetwrightError,
  );

const alive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');

/** Each test has a session of its own. */
const it = test.extend<{ session: Session }>({
  session: async ({}, use) => {
    const session = await openSession(me);
    await use(session);
    await session.close();
  },
});

const gone = (pids: readonly number[]): Promise<void> =>
  vi.waitFor(
    () => {
      expect(pids.filter(alive)).toEqual([]);
    },
    { timeout: 10_000, interval: 20 },
  );

let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'netwright-connect-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe.each(Object.keys(SHELLS))('a session with %s', (shell) => {
  let restore: () => void;
  beforeAll(() => {
    restore = useShell(shell);
  });
  afterAll(() => {
    restore();
  });
  it.concurrent('delivers what stands between the marks, byte for byte and in order', async ({ session }) => {
    const reply = await session.exchange(`echo early; mark a; printf 'one\\n\\n'; mark b; mark a; printf two; exit 7`);
    expect(reply.list.map(({ name, text }) => [name, text])).toEqual([
      ['', 'early\n'],
      ['a', 'one\n\n'],
      ['b', ''],
      ['a', 'two'],
    ]);
    expect(reply.sections.get('a')).toBe('two');
    expect(reply).toMatchObject({ rc: 7, timedOut: false });
  });

  it.concurrent('is not fooled by output that looks like marks', async ({ session }) => {
    const fake = '0'.repeat(32);
    const reply = await session.exchange(`mark real; printf '\\n${fake} a\\n\\n${fake}!end 1 0\\n\\n!end 1 0\\n'`);
    expect(reply.list.map(({ name }) => name)).toEqual(['real']);
    expect(reply.list[0]!.text).toBe(`\n${fake} a\n\n${fake}!end 1 0\n\n!end 1 0\n`);
  });

  it.concurrent('delivers binary output unchanged', async ({ session }) => {
    const file = join(scratch, 'binary');
    execFileSync('dd', ['if=/dev/urandom', `of=${file}`, 'bs=1M', 'count=3'], { stdio: 'ignore' });
    const reply = await session.exchange(`mark data; cat ${file}`);
    expect(reply.list[0]!.bytes.equals(readFileSync(file))).toBe(true);
  });

  it.concurrent('carries a script of a megabyte that prints megabytes while it is read', async ({ session }) => {
    const line = 'x'.repeat(80);
    const script = Array.from({ length: 11_000 }, (_, index) => `printf '%s\\n' 'line ${index} ${line}'`).join('\n');
    expect(script.length).toBeGreaterThan(1_000_000);
    const before = `i=0; while [ $i -lt 200 ]; do printf '%065536d\\n' 0; i=$((i + 1)); done`;
    const { list, rc } = await session.exchange(`mark many; ${before}\nmark lines\n${script}`);
    expect(rc).toBe(0);
    expect(list[0]!.bytes.length).toBe(200 * 65_537);
    expect(list[1]!.text.split('\n')).toHaveLength(11_001);
  });

  it.concurrent.for<readonly [string, string]>([
    ['a word too many', 'echo ran; )'],
    ['an open quote', "echo ran; echo 'open"],
    ['an open here-document', 'echo ran; cat <<END'],
    ['an open if', 'echo ran; if true'],
  ])('survives a syntax error (%s) and has run nothing of that script', async ([, script], { session }) => {
    const bad = await session.exchange(script);
    expect(bad.rc).not.toBe(0);
    expect(bad.list).toEqual([]);
    expect((await session.exchange('mark a; echo good')).sections.get('a')).toBe('good\n');
  });

  it.concurrent(
    'gives commands an empty input, so that they read neither the script nor the next one',
    async ({ session }) => {
      const reply = await session.exchange('mark a; cat; read -r line || echo nothing; mark b; echo still here');
      expect([...reply.sections]).toEqual([
        ['a', 'nothing\n'],
        ['b', 'still here\n'],
      ]);
    },
  );

  it.concurrent(
    'ends a script and all it started at the deadline, also what ignores TERM, and goes on',
    async ({ session }) => {
      const begun = performance.now();
      const script = `mark pids; sh -c 'trap "" TERM; sleep 77 & echo $!; wait' & echo $!; sleep 78 & echo $!; sleep 0.3; sleep 79`;
      const { list, timedOut } = await session.exchange(script, { deadlineSeconds: 1 });
      expect(timedOut).toBe(true);
      expect(performance.now() - begun).toBeLessThan(15_000);
      const pids = list[0]!.text.trim().split('\n').map(Number);
      expect(pids).toHaveLength(3);
      await gone(pids);
      expect((await session.exchange('mark a; echo good')).sections.get('a')).toBe('good\n');
    },
  );

  it.concurrent('ends a command in the foreground that ignores TERM, two seconds later', async ({ session }) => {
    const script = `mark pid; sh -c 'trap "" TERM; echo $$; sleep 76; sleep 76'`;
    const begun = performance.now();
    const { list, timedOut } = await session.exchange(script, { deadlineSeconds: 1 });
    expect(timedOut).toBe(true);
    expect(performance.now() - begun).toBeLessThan(15_000);
    await gone([Number(list[0]!.text)]);
  });

  it.concurrent('leaves a daemon alone that has a session of its own', async ({ session }) => {
    const script = `mark pid; setsid sleep 60 >/dev/null 2>&1 & echo $!; sleep 30`;
    const { list } = await session.exchange(script, { deadlineSeconds: 1 });
    const pid = Number(list[0]!.text);
    expect(alive(pid)).toBe(true);
    process.kill(pid);
  });

  it.concurrent('does not wait for what a script left running', async ({ session }) => {
    const begun = performance.now();
    await session.exchange('sleep 30 & mark a');
    expect(performance.now() - begun).toBeLessThan(15_000);
  });

  it.concurrent('leaves no watchdog or timer behind', async ({ session }) => {
    await session.exchange('mark a', { deadlineSeconds: 4321 });
    expect(spawnSync('pgrep', ['-f', '(sleep|timeout -k 2) [4]321']).stdout.toString()).toBe('');
  });

  it.concurrent('gives the script a known environment', async ({ session }) => {
    const script = `mark umask; umask; mark locale; echo "$LC_ALL"; mark path; echo "$PATH"; mark unset; (echo "$nothing")`;
    const { sections } = await session.exchange(script);
    expect(sections.get('umask')).toMatch(/^0?077\n$/);
    expect(sections.get('locale')).toBe('C\n');
    expect(sections.get('path')!.trim().split(':')).toEqual(expect.arrayContaining(['/usr/sbin', '/sbin', '/usr/bin']));
    expect(sections.get('unset')).toBe('');
  });

  it.concurrent('lets a script give its daemons the default answer to a broken pipe', async ({ session }) => {
    const ignored = (text: string): bigint => BigInt(`0x${/SigIgn:\s*([0-9a-f]+)/.exec(text)![1]}`);
    const script = 'mark ours; cat /proc/self/status; mark theirs; (trap - PIPE; exec cat /proc/self/status)';
    const { sections } = await session.exchange(script);
    const pipe = 1n << 12n;
    expect(ignored(sections.get('ours')!) & pipe).toBe(pipe);
    expect(ignored(sections.get('theirs')!) & pipe).toBe(0n);
  });

  it.concurrent('keeps the lock in the runner and in the script under way, and no longer', async ({ session }) => {
    const file = join(scratch, `lock-${shell.replaceAll(/\W/g, '')}`);
    const held = await session.exchange(`exec 9>${file}; flock -n 9 && mark held`, { inRunner: true });
    expect(held.list.map(({ name }) => name)).toEqual(['held']);
    const { sections } = await session.exchange('mark open; ls /proc/$$/fd | grep -x 9 || echo closed');
    expect(sections.get('open')).toBe('9\n');
    expect(spawnSync('flock', ['-n', file, 'true']).status).toBe(1);
    await session.close();
    expect(spawnSync('flock', ['-w', '2', file, 'true']).status).toBe(0);
  });

  it.concurrent('runs nothing of a request that did not come whole, wherever it was cut', async () => {
    const nonce = 'f'.repeat(32);
    const watched = shell.includes('busybox');
    const feed = (canary: string, cutTo?: number): Promise<boolean> => {
      const whole = request({ nonce, number: 1, script: `touch ${canary}`, deadlineSeconds: 5, watched });
      // Without its last newline it is whole.
      if (cutTo !== undefined && cutTo >= whole.length - 1) return Promise.resolve(false);
      return new Promise((resolve) => {
        const child = spawn('sh', { stdio: ['pipe', 'ignore', 'ignore'] });
        child.once('close', () => {
          resolve(existsSync(canary));
        });
        child.stdin.on('error', () => undefined);
        child.stdin.end(preamble(nonce) + whole.slice(0, cutTo));
      });
    };
    const canary = (name: string): string => join(mkdtempSync(join(scratch, 'canary-')), name);
    expect(await feed(canary('whole'))).toBe(true);
    for (let length = 1; length < 500; length += 4) {
      const ran = await Promise.all([0, 1, 2, 3].map((more) => feed(canary('cut'), length + more)));
      expect(ran, `cut to ${length} characters and a few`).toEqual([false, false, false, false]);
    }
  });
});

describe('a session', () => {
  it.concurrent('tells lines and marks as they come', async ({ session }) => {
    const seen: string[] = [];
    const reply = session.exchange('echo one; mark a; printf two; mark b; echo; echo 2; sleep 1.5; echo three', {
      onLine: (line) => seen.push(line),
      onMark: (name) => seen.push(`[${name}]`),
    });
    await vi.waitFor(() => {
      expect(seen).toEqual(['one', '[a]', 'two', '[b]', '', '2']);
    }, 1300);
    await reply;
    expect(seen.slice(6)).toEqual(['three']);
  });

  it.concurrent(
    'does exchanges that are asked for together one after the other, and counts them',
    async ({ session }) => {
      const replies = await Promise.all([1, 2, 3].map((n) => session.exchange(`mark n; echo ${n}`)));
      expect(replies.map(({ sections }) => sections.get('n'))).toEqual(['1\n', '2\n', '3\n']);
      expect(session.exchanges).toBe(3);
    },
  );

  it.concurrent(
    'is over when its shell is killed in the middle, and says so at once from then on',
    async ({ session }) => {
      const error = await problemOf(session.exchange('kill -9 $$', { inRunner: true, label: 'the apply of web' }));
      expect(error.problems[0]).toMatchObject({ code: 'SESSION_LOST' });
      expect(error.message).toContain('the connection was lost in the middle of the apply of web');
      expect(error.exit).toBe(EXIT.unreachable);
      expect(await problemOf(session.exchange('true'))).toBe(error);
      expect(session.exchanges).toBe(1);
    },
  );

  it.concurrent('is over when no end comes by the deadline and five seconds', async ({ session }) => {
    const begun = performance.now();
    const error = await problemOf(session.exchange('sleep 60', { inRunner: true, deadlineSeconds: 1 }));
    expect(error.problems[0]!.code).toBe('SESSION_LOST');
    expect(performance.now() - begun).toBeLessThan(20_000);
  });

  it.concurrent('is over when an exchange prints more than 64 MiB', async ({ session }) => {
    const error = await problemOf(session.exchange('cat /dev/zero'));
    expect(error.problems[0]!.code).toBe('OUTPUT_TOO_LARGE');
    expect(error.exit).toBe(EXIT.failed);
  });

  it.concurrent('keeps the end of what came on standard error', async ({ session }) => {
    await session.exchange(
      `i=0; while [ $i -lt 3000 ]; do echo "line $i of standard error, quite long" >&2; i=$((i + 1)); done`,
    );
    await session.exchange('sleep 0.1');
    expect(session.stderr.length).toBe(64 * 1024);
    expect(session.stderr.trimEnd()).toMatch(/line 2999 of standard error, quite long$/);
  });

  it.concurrent('is out of reach of the ^C of the terminal', async ({ session }) => {
    const { sections } = await session.exchange(`mark stat; cat /proc/$$/stat`);
    const field = (stat: string): string => stat.split(' ')[5]!;
    expect(field(sections.get('stat')!)).not.toBe(field(readFileSync('/proc/self/stat', 'utf8')));
  });

  it.concurrent('refuses a script that no shell could hold', ({ session }) => {
    expect(() => session.exchange('echo \0')).toThrow(TypeError);
  });

  it.concurrent('can be closed twice, and in the middle of an exchange', async ({ session }) => {
    const lost = problemOf(session.exchange('sleep 30'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const begun = performance.now();
    await session.close();
    await session.close();
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect((await lost).problems[0]!.code).toBe('SESSION_LOST');
    expect((await problemOf(session.exchange('true'))).problems[0]!.code).toBe('SESSION_LOST');
  });
});

test('an interrupt ends the session and everything in it', async () => {
  const stop = new AbortController();
  const interrupted = await openSession(me, { signal: stop.signal });
  const pids: number[] = [];
  const error = problemOf(interrupted.exchange('echo $$; sleep 50', { onLine: (line) => pids.push(Number(line)) }));
  while (pids.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  stop.abort();
  expect((await error).exit).toBe(EXIT.interrupted);
  await gone(pids);
  await interrupted.close();
});

test('an interrupt before the session is open opens none', async () => {
  expect((await problemOf(openSession(me, { signal: AbortSignal.abort() }))).exit).toBe(EXIT.interrupted);
});

test('a local become of the user one already is needs no sudo', async () => {
  const user = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  const same = await openSession({ ...me, become: { enabled: true, user, password: 'unused' } });
  expect((await same.exchange('mark who; id -un')).sections.get('who')).toBe(`${user}\n`);
  await same.close();
});

test('a become user that is no user name is refused', async () => {
  const error = await problemOf(openSession({ ...me, become: { enabled: true, user: "x'; touch /tmp/x; '" } }));
  expect(error.problems[0]!.code).toBe('BECOME_FAILED');
});

test('a become password of two lines is refused, for the second would be run', async () => {
  const become = { enabled: true, user: 'nobody', password: 'geheim\ntouch /tmp/x' };
  const error = await problemOf(openSession({ ...me, become }));
  expect(error.problems[0]!.code).toBe('BECOME_FAILED');
  expect(error.message).not.toContain('geheim');
});
