import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openSession, type Session, type SessionOptions, type Target } from '../../src/connect.ts';
import { EXIT, NetwrightError } from '../../src/error.ts';
import { startRig, type Rig, type RigUser } from './rig.ts';

const SECRET = 'correct-horse-battery-staple-7f3a';
const users: RigUser[] = [
  { name: 'bob', sudo: 'nopasswd' },
  { name: 'nina', sudo: 'password', password: SECRET },
  { name: 'eve', sudo: 'none', password: SECRET },
  { name: 'tim', sudo: 'nopasswd', requiretty: true },
  { name: 'ash', sudo: 'nopasswd', shell: 'busybox' },
];
const NOISE = `yes 'noise before the shell' | head -c 1000000 >/root/noise
echo 'cat /root/noise; printf "no newline at the end"; echo motd >&2' >/root/.bashrc`;
const ONE_LOGIN = `sed -i 's/^MaxStartups .*/MaxStartups 1:100:1/' /etc/ssh/sshd_config`;

let rig: Rig;
let leave: () => void;

beforeAll(async () => {
  rig = await startRig(10, {
    hosts: {
      h1: { users, prepare: 'echo "Defaults logfile=/var/log/sudo.log" >/etc/sudoers.d/log' },
      h2: { rootShell: 'bash', prepare: NOISE },
      h3: { rootShell: 'dash', sh: 'bash' },
      h4: { rootShell: 'busybox', sh: 'busybox', busybox: ['timeout', 'setsid'] },
      h5: { ssh: 'refused' },
      h6: { ssh: 'silent' },
      h7: { ssh: 'dropped' },
      h8: { users, prepare: 'rm /usr/bin/sudo; usermod --shell /usr/sbin/nologin tim' },
      h9: { prepare: ONE_LOGIN },
    },
  });
  leave = rig.enter();
});
afterAll(async () => {
  leave();
  await rig.stop();
});

const open = (name: string, changes: Partial<Target> = {}, options: SessionOptions = {}): Promise<Session> =>
  openSession(rig.target(name, changes), { sshConfig: rig.sshConfig, ...options });

const refusal = async (promise: Promise<unknown>): Promise<NetwrightError> => {
  const error = await promise.then(
    () => expect.unreachable('it went well'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NetwrightError);
  expect((error as NetwrightError).message).not.toContain(SECRET);
  return error as NetwrightError;
};

describe('over ssh', () => {
  test.each(['h1', 'h2', 'h3', 'h4'])(
    'an exchange with %s is what it is locally, whatever the login shell says',
    async (name) => {
      const session = await open(name);
      const lines = Array.from({ length: 12_000 }, (_, index) => `echo '${index} ${'x'.repeat(80)}'`).join('\n');
      const reply = await session.exchange(`mark who; hostname; mark many\n${lines}\nexit 255`);
      expect(reply.rc).toBe(255);
      expect(reply.list.map(({ name: section }) => section)).toEqual(['who', 'many']);
      expect(reply.sections.get('who')).toBe(`${name}\n`);
      expect(reply.sections.get('many')!.split('\n')).toHaveLength(12_001);
      const slow = await session.exchange('sleep 50', { deadlineSeconds: 1 });
      expect(slow.timedOut).toBe(true);
      expect((await session.exchange('mark a; echo good')).sections.get('a')).toBe('good\n');
      expect((await rig.host(name).exec(['pgrep', '-x', 'sleep', '-a'])).stdout).not.toContain('sleep 50');
      await session.close();
    },
  );

  test('an exchange costs one login for all of them', async () => {
    const session = await open('h1');
    const logins = new Set<string | undefined>();
    for (let count = 0; count < 20; count++) {
      logins.add((await session.exchange('mark a; echo "$SSH_CONNECTION"')).sections.get('a'));
    }
    expect(logins.size).toBe(1);
    expect(session.exchanges).toBe(20);
    await session.close();
  });

  test('a closed session leaves no process on the host', async () => {
    const session = await open('h3');
    await session.exchange('true');
    await session.close();
    const left = async (): Promise<void> => {
      expect((await rig.host('h3').exec(['pgrep', '-a', '-f', 'notty|^sh'])).stdout).toBe('');
    };
    await vi.waitFor(left, { timeout: 10_000 });
  });

  test('IPv6 addresses and other ports are reached', async () => {
    await rig.host('h3').sh('/usr/sbin/sshd -p 2222 -o PidFile=/run/second.pid');
    const hosts = readFileSync(rig.knownHosts, 'utf8').replaceAll(/^h3,\S+/gm, '[fd60::3]:2222');
    const file = join(rig.directory, 'known_hosts_2222');
    writeFileSync(file, hosts);
    const sshArgs = ['-o', `UserKnownHostsFile=${file}`];
    const session = await open('h3', { address: 'fd60::3', port: 2222, sshArgs, user: 'root', keyFile: rig.identity });
    const { sections } = await session.exchange('mark c; echo "$SSH_CONNECTION"');
    expect(sections.get('c')).toMatch(/^fd60::fe \d+ fd60::3 2222\n$/);
    await session.close();
  });
});

describe('what cannot be reached', () => {
  test('a changed host key is refused before anything runs', async () => {
    const file = join(rig.directory, 'known_hosts_changed');
    const other = readFileSync(`${rig.identity}.pub`, 'utf8');
    writeFileSync(file, `${rig.host('h1').address} ${other}`);
    const error = await refusal(open('h1', { sshArgs: ['-o', `UserKnownHostsFile=${file}`] }));
    expect(error.problems[0]!.code).toBe('HOST_KEY_CHANGED');
    expect(error.problems[0]!.hint).toContain(`ssh-keygen -R ${rig.host('h1').address}`);
    expect(error.exit).toBe(EXIT.unreachable);
  });

  test.each(['yes', 'ask'])('an unknown host key is refused with StrictHostKeyChecking %s', async (check) => {
    const sshArgs = ['-o', 'UserKnownHostsFile=/dev/null', '-o', `StrictHostKeyChecking=${check}`];
    // The first value that ssh finds counts: the arguments come before the file.
    const error = await refusal(open('h1', { sshArgs }));
    expect(error.problems[0]!.code).toBe('HOST_KEY_UNKNOWN');
  });

  test('a key or a user that the host does not accept is a refused login', async () => {
    const file = join(rig.directory, 'other_key_config');
    writeFileSync(file, readFileSync(rig.sshConfig, 'utf8').replace(rig.identity, `${rig.directory}/host_key`));
    const refused = [open('h1', {}, { sshConfig: file }), open('h1', { user: 'nobody-here' })];
    for (const error of await Promise.all(refused.map(refusal))) expect(error.problems[0]!.code).toBe('AUTH_FAILED');
  });

  test.each([
    ['h5', 'nobody listens', /connection refused/, 0],
    ['h6', 'the server accepts and stays silent', /timed out|no shell/, 2],
    ['h7', 'no packet comes back', /timed out/, 2],
  ])('%s, where %s, is unreachable within the connect timeout and two seconds', async (name, _, words, seconds) => {
    const begun = performance.now();
    const error = await refusal(open(name, {}, { connectTimeoutSeconds: 2 }));
    expect(error.problems[0]!.code).toBe('UNREACHABLE');
    expect(error.message).toMatch(words);
    expect(error.exit).toBe(EXIT.unreachable);
    const took = (performance.now() - begun) / 1000;
    expect(took).toBeGreaterThanOrEqual(seconds - 0.1);
    expect(took).toBeLessThan(8);
  });

  test('a login shell that hangs is unreachable within the connect timeout and two seconds', async () => {
    await rig.host('h10').sh('echo "sleep 100" >/root/.bashrc');
    const begun = performance.now();
    const error = await refusal(open('h10', {}, { connectTimeoutSeconds: 1 }));
    expect(error.problems[0]!.code).toBe('UNREACHABLE');
    expect(performance.now() - begun).toBeLessThan(8000);
    await rig.host('h10').sh('rm /root/.bashrc');
  });

  test('a name without an address is unreachable, and so is an address that looks like an option', async () => {
    for (const address of ['no-such-host.invalid', '-oProxyCommand=touch /tmp/netwright-canary']) {
      expect((await refusal(open('h1', { address }))).problems[0]!.code).toBe('UNREACHABLE');
    }
    expect((await rig.exec(['ls', '/tmp/netwright-canary'])).code).not.toBe(0);
  });

  test('a login shell that lets nobody in is named with what it said', async () => {
    const error = await refusal(open('h8', { user: 'tim' }));
    expect(error.problems[0]!.code).toBe('UNREACHABLE');
    expect(error.message).toContain('This account is currently not available');
  });

  test('a wrong ssh_config is named', async () => {
    const file = join(rig.directory, 'bad_config');
    writeFileSync(file, 'Host *\n  Nonsense yes\n');
    expect((await refusal(open('h1', {}, { sshConfig: file }))).problems[0]!.hint).toContain('ssh_config');
  });

  test('a server that is too busy for a moment is tried again', async () => {
    const hold = rig.spawn(['timeout', '0.35', 'busybox', 'nc', rig.host('h9').address, '22']);
    await new Promise((resolve) => hold.stdout!.once('data', resolve));
    const session = await open('h9');
    expect((await session.exchange('mark a; hostname')).sections.get('a')).toBe('h9\n');
    await session.close();
  });
});

describe('becoming another user', () => {
  const who = async (session: Session): Promise<string> => {
    const { sections } = await session.exchange('mark who; id -un; echo "$HOME"');
    await session.close();
    return sections.get('who')!;
  };
  const become = (password?: string, user = 'root'): Partial<Target> => ({ become: { enabled: true, user, password } });

  test.each(['bob', 'ash'])('works without a password for %s', async (user) => {
    expect(await who(await open('h1', { user, ...become() }))).toBe('root\n/root\n');
  });

  test('works with a password that is not needed', async () => {
    expect(await who(await open('h1', { user: 'bob', ...become('whatever') }))).toBe('root\n/root\n');
  });

  test('works for another user than root, and for root who becomes nobody special', async () => {
    expect(await who(await open('h1', { user: 'bob', ...become(undefined, 'nina') }))).toBe('nina\n/home/nina\n');
    expect(await who(await open('h1', { user: 'root', ...become(undefined, 'nina') }))).toBe('nina\n/home/nina\n');
  });

  test('needs no sudo for the user who logs in', async () => {
    expect(await who(await open('h8', { user: 'root', ...become() }))).toBe('root\n/root\n');
  });

  test('works with a password, which no process has in its arguments or environment', async () => {
    const session = await open('h1', { user: 'nina', ...become(SECRET) });
    const running = session.exchange('mark a; sleep 0.5; id -un');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const found = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => ['cmdline', 'environ'].some((file) => readable(`/proc/${pid}/${file}`).includes(SECRET)));
    expect(found).toEqual([]);
    expect((await running).sections.get('a')).toBe('root\n');
    expect(session.stderr).not.toContain(SECRET);
    await session.close();
  });

  test('carries a megabyte through sudo and its pseudo-terminal unchanged', async () => {
    const session = await open('h1', { user: 'nina', ...become(SECRET) });
    const text = Array.from({ length: 12_000 }, (_, index) => `${index}\t${'x'.repeat(80)}\u0003\u0004\r`).join('\n');
    const { sections } = await session.exchange(`mark a; cat <<'END'\n${text}\nEND`);
    expect(sections.get('a')).toBe(`${text}\n`);
    await session.close();
  });

  test('tries a wrong password once', async () => {
    const error = await refusal(open('h1', { user: 'nina', ...become('wrong') }));
    expect(error.problems[0]!.code).toBe('BECOME_FAILED');
    expect(error.problems[0]!.hint).toContain('tried once');
    const log = async (): Promise<void> => {
      expect(await rig.host('h1').sh('cat /var/log/sudo.log')).toContain('1 incorrect password attempt');
    };
    await vi.waitFor(log, { timeout: 15_000 });
  });

  test.each([
    ['a password that was not given', 'h1', 'nina', undefined, /none was given/],
    ['a user who is not in sudoers', 'h1', 'eve', SECRET, /does not allow/],
    ['a terminal', 'h1', 'tim', undefined, /requiretty/],
    ['sudo itself', 'h8', 'bob', undefined, /not installed/],
  ])('fails with a way out for want of %s', async (_, host, user, password, words) => {
    const error = await refusal(open(host, { user, ...become(password) }));
    expect(error.problems[0]!.code).toBe('BECOME_FAILED');
    expect(error.message).toMatch(words);
    expect(error.problems[0]!.hint).toBeTruthy();
    expect(error.exit).toBe(EXIT.unreachable);
  });

  test('fails with a way out for a user who is not there', async () => {
    const error = await refusal(open('h1', { user: 'bob', ...become(undefined, 'nobodyhere') }));
    expect(error.message).toContain('there is no user nobodyhere');
  });
});

describe('a session that is lost', () => {
  test('in the middle is told at once, and stays lost', async () => {
    const session = await open('h10');
    const lost = refusal(session.exchange('mark a; sleep 30', { label: 'the apply of h10' }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await rig.host('h10').cutSessions();
    const error = await lost;
    expect(error.problems[0]!.code).toBe('SESSION_LOST');
    expect(error.message).toContain('h10: the connection was lost in the middle of the apply of h10');
    expect(error.exit).toBe(EXIT.unreachable);
    expect(await refusal(session.exchange('true'))).toBe(error);
    await session.close();
  });

  test('between two exchanges is told by the next one', async () => {
    const session = await open('h10');
    await session.exchange('true');
    await rig.host('h10').cutSessions();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect((await refusal(session.exchange('true'))).message).toContain('between two exchanges');
    await session.close();
  });

  test('without a word, when the host freezes, is over at the deadline and five seconds', async () => {
    const session = await open('h10');
    const begun = performance.now();
    const lost = refusal(session.exchange('sleep 2', { deadlineSeconds: 1 }));
    await rig.host('h10').sh('pkill -STOP -f "sshd: root@notty"');
    expect((await lost).message).toContain('no answer');
    expect(performance.now() - begun).toBeLessThan(20_000);
    await rig.host('h10').sh('pkill -CONT -f "sshd: root@notty" || true');
    await session.close();
  });

  test('lets the request that was under way run to its end on the host', async () => {
    const host = rig.host('h10');
    const shells = async (): Promise<string> => (await host.exec(['pgrep', '-x', 'sh'])).stdout;
    const before = await shells();
    const session = await open('h10');
    const lost = refusal(session.exchange('for i in 1 2 3 4 5 6; do echo $i; echo $i >>/root/steps; sleep 0.2; done'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    await host.cutSessions();
    await lost;
    await vi.waitFor(
      async () => {
        expect(await host.sh('cat /root/steps')).toBe('1\n2\n3\n4\n5\n6\n');
      },
      {
        timeout: 15_000,
      },
    );
    await vi.waitFor(
      async () => {
        expect(await shells()).toBe(before);
      },
      { timeout: 10_000 },
    );
    await session.close();
  });

  test('does not reach the process: nothing is left unhandled', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const sessions = await Promise.all([open('h10'), open('h10'), open('h10')]);
    await rig.host('h10').cutSessions();
    await new Promise((resolve) => setTimeout(resolve, 700));
    await Promise.all(sessions.map((session) => session.close()));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test('ssh that is not installed here is named', async () => {
  const before = process.env.PATH;
  process.env.PATH = join(rig.directory, 'home');
  const failed = open('h1').finally(() => (process.env.PATH = before));
  expect((await refusal(failed)).message).toContain('ssh is not installed on this machine');
});

function readable(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
