import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './netwright.ts';

// What ansible-playbook only shows, and which words its command line knows. Its own answers are kept beside its plays.

const FOLDER = join(import.meta.dirname, 'ansible', 'listing');

const asked = (program: readonly string[], argv: readonly string[]) => {
  const [name, ...words] = [...program, '-i', 'hosts', ...argv] as [string, ...string[]];
  const { stdout, stderr, status } = spawnSync(name, words, { cwd: FOLDER, encoding: 'utf8', input: '' });
  return { stdout, stderr, status };
};
const byUs = (...argv: readonly string[]) =>
  asked([process.execPath, join(ROOT, 'dist/src/netwright-playbook.js')], argv);

const recorded = (argv: readonly string[]): string =>
  join(import.meta.dirname, 'ansible/recorded', `listing-${argv.join('-').replaceAll(/[ ,=-]+/g, '-')}.txt`);

const cases = [
  ['--list-tasks'],
  ['--list-tags', '-t', 'm'],
  ['--list-hosts', '--list-tasks', '--limit=web1', '--skip-tags', 'one,imp'],
  ['--list-tasks', '--list-tags', '-t', 'never,all'],
  ['--syntax-check'],
];

test.each(cases.map((argv) => [argv] as const))('%s says what ansible-playbook says', (argv) => {
  const { stdout, stderr, status } = byUs('site.yml', ...argv);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toBe(readFileSync(recorded(argv), 'utf8'));
});

test.runIf(process.env.NETWRIGHT_ANSIBLE === '1').each(cases.map((argv) => [argv] as const))(
  '%s is still what it says',
  async (argv) => {
    await expect(asked(['ansible-playbook'], ['site.yml', ...argv]).stdout).toMatchFileSnapshot(recorded(argv));
  },
);

test('every word of its command line is known, though it may mean nothing here', () => {
  const { stderr, status } = byUs(
    ...[
      '--syntax-check',
      '--key-file=x',
      '--private-key=x',
      '--inventory-file=hosts',
      '--become-method=sudo',
      '-bCDvvv',
    ],
    ...['--scp-extra-args=x', '--sftp-extra-args=x', '--ssh-common-args=-v', '--ssh-extra-args=-v', '--flush-cache'],
    ...[
      '-f',
      '3',
      '-T',
      '5',
      '-u',
      'me',
      '-c',
      'local',
      '--become-user',
      'me',
      '--force-handlers',
      '--start-at-task=*',
    ],
    ...['--skip-tags=x', '-e', 'a=1', '-e', '{"b": 2}', '--vault-pass-file=hosts', 'site.yml'],
  );
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
});

test.each([
  [['-k'], '[BAD_OPTION] -k, --ask-pass: keys log in, no passwords: use --private-key, or an agent\n'],
  [['-M', 'modules'], '[BAD_OPTION] -M, --module-path: there are no modules: --task-dir has kinds of your own\n'],
  [['--ask-vault-password'], /^\[NO_TERMINAL\] there is no terminal to ask for the vault password/],
])('%s is refused with the way out', (argv, said) => {
  const { stderr, status } = byUs(...argv, 'site.yml');
  expect(status).toBe(4);
  expect(stderr).toMatch(said);
});

test('--force-handlers runs the handlers of a host that failed', () => {
  const { stdout, status } = byUs('forced.yml', '--force-handlers', '-l', 'web1');
  expect(status).toBe(3);
  expect(stdout).toMatch(/= Wanted +forced$/m);
});
