import { expect, test } from 'vitest';
import { explainBecome, program } from '../../src/connect/become.ts';
import { explainSsh } from '../../src/connect/explain.ts';
import type { Target } from '../../src/connect/target.ts';

const target: Target = {
  name: 'web',
  type: 'ssh',
  address: '192.0.2.7',
  port: 2222,
  user: 'nina',
  sshArgs: [],
  become: { enabled: false, user: 'root' },
};

test.each([
  ['ssh: connect to host 192.0.2.7 port 22: Connection refused', 'UNREACHABLE', /listens on port 2222/],
  ['ssh: connect to host 192.0.2.7 port 22: Connection timed out', 'UNREACHABLE', /drops the packets/],
  ['ssh: connect to host 192.0.2.7 port 22: No route to host', 'UNREACHABLE', /routes of this machine/],
  ['Connection timed out during banner exchange\nConnection to 192.0.2.7 port 22 timed out', 'UNREACHABLE', /up/],
  ['ssh: Could not resolve hostname web: Name or service not known', 'UNREACHABLE', /HostName/],
  ['nina@192.0.2.7: Permission denied (publickey).', 'AUTH_FAILED', /user \(nina\)/],
  ["Permissions 0644 for '/k' are too open.\nnina@192.0.2.7: Permission denied (publickey).", 'AUTH_FAILED', /chmod/],
  ['Received disconnect from 192.0.2.7 port 22:2: Too many authentication failures', 'AUTH_FAILED', /IdentitiesOnly/],
  ['Host key verification failed.', 'HOST_KEY_UNKNOWN', /ssh -p 2222 192\.0\.2\.7/],
  [
    '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.',
    'HOST_KEY_CHANGED',
    /ssh-keygen -R '\[192\.0\.2\.7\]:2222'/,
  ],
  [
    '/c: line 3: Bad configuration option: foo\n/c: terminating, 1 bad configuration options',
    'UNREACHABLE',
    /ssh_config/,
  ],
  ['/bin/sh: 1: exec: ssh: not found', 'UNREACHABLE', /install/],
  ['', 'UNREACHABLE', /by hand/],
])('ssh saying %j is %s', (stderr, code, hint) => {
  const problem = explainSsh(target, stderr);
  expect(problem.code).toBe(code);
  expect(problem.hint).toMatch(hint);
  expect(problem.message).not.toContain('\n');
});

test('only a server that was too busy is tried again', () => {
  expect(explainSsh(target, 'kex_exchange_identification: read: Connection reset by peer').again).toBe(true);
  expect(explainSsh(target, 'ssh: connect to host x port 22: Connection refused').again).toBeUndefined();
});

test('what a host wrote reaches a terminal only as visible characters', () => {
  expect(explainSsh(target, 'bad \u001b[31mred\u202e').message).toBe('web: bad \\x1b[31mred\\u202e');
});

test.each([
  ['sudo: a password is required', /NOPASSWD/],
  ['sudo: sorry, you must have a tty to run sudo', /requiretty/],
  ['nina is not in the sudoers file.  This incident will be reported.', /sudoers/],
  ['sudo: unknown user nobodyhere', /name of the become user/],
  ['sh: 1: exec: sudo: not found', /install sudo/],
])('sudo saying %j has a way out', (stderr, hint) => {
  expect(explainBecome('root', stderr).hint).toMatch(hint);
});

test('a password is never part of a command line', () => {
  expect(program({ enabled: true, user: 'root', password: 'geheim' }, 't', 'p')).not.toContain('geheim');
});
