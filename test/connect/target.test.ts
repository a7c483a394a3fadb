import { expect, test } from 'vitest';
import { argvFor, type Target } from '../../src/connect/target.ts';

const target: Target = {
  name: 'web',
  type: 'ssh',
  address: '192.0.2.7',
  sshArgs: [],
  become: { enabled: false, user: 'root' },
};

test('ssh gets our options first, then the target, then the words of the user, then the address', () => {
  const full = { ...target, port: 2222, user: 'nina', keyFile: '/k', sshArgs: ['-o', 'BatchMode=no', '-J', 'jump'] };
  const argv = argvFor(full, 'sh', { connectTimeoutSeconds: 7.2, sshConfig: '/c' });
  expect(argv.slice(0, 4)).toEqual(['ssh', '-F', '/c', '-T']);
  expect(argv.indexOf('BatchMode=yes')).toBeLessThan(argv.indexOf('BatchMode=no'));
  expect(argv).toContain('ConnectTimeout=8');
  const last = ['-p', '2222', '-l', 'nina', '-i', '/k', '-o', 'BatchMode=no', '-J', 'jump', '--', '192.0.2.7', 'sh'];
  expect(argv.slice(-last.length)).toEqual(last);
});

test('nothing of ours weakens the check of host keys or forwards anything', () => {
  const argv = argvFor(target, 'sh', { connectTimeoutSeconds: 10 });
  expect(argv.join(' ')).not.toMatch(/StrictHostKeyChecking|UserKnownHostsFile|IdentitiesOnly/);
  for (const option of ['ForwardAgent=no', 'ForwardX11=no', 'ClearAllForwardings=yes', 'PermitLocalCommand=no']) {
    expect(argv).toContain(option);
  }
});

test('an address that looks like an option stays an address', () => {
  const argv = argvFor({ ...target, address: '-oProxyCommand=touch /tmp/x' }, 'sh', { connectTimeoutSeconds: 10 });
  expect(argv.at(-3)).toBe('--');
});
