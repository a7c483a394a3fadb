import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exits, overSsh, told } from './netwright.ts';
import { startRig, type Rig } from './rig.ts';

// Who does what on a host: users who are nobody special, users who become others, and files that belong to them.

let rig: Rig;

beforeAll(async () => {
  rig = await startRig(1, {
    hosts: {
      h1: {
        users: [
          { name: 'ann', sudo: 'none' },
          { name: 'bob', sudo: 'nopasswd' },
          { name: 'nina', sudo: 'none' },
        ],
      },
    },
  });
  rig.inventory();
});
afterAll(() => rig.stop());

async function run(tasks: string, user: string, code = 0, command = 'run') {
  const file = join(rig.directory, 'users.yml');
  writeFileSync(file, `- hosts: h1\n  gather_facts: false\n${tasks}`);
  return exits(
    code,
    overSsh(rig, [command, file, '-i', join(rig.directory, 'inventory.yml'), '-e', `ansible_user=${user}`]),
  );
}

const owner = (path: string): Promise<string> => rig.host('h1').sh(`stat -c %U:%G:%a ${path}`);

test('plays that only run programs and write files need no root, and make nothing that is root’s', async () => {
  const tasks = `  tasks:
    - { name: Who, command: id -un }
    - { name: File, copy: { content: "one\\n", dest: /home/ann/file, mode: "0640" }, notify: Seen }
    - { name: Line, lineinfile: { path: /home/ann/file, line: two } }
    - { name: Fails, shell: echo no >&2; exit 3, ignore_errors: true }
  handlers:
    - { name: Seen, command: cat /home/ann/file }
`;
  const { stdout } = await run(tasks, 'ann');
  expect(stdout).toMatch(/> Who +ann$/m);
  expect(stdout).toMatch(/! Fails +exit code 3: no \(ignored\)$/m);
  expect(stdout).toMatch(/> Seen +one …$/m);
  expect(await rig.host('h1').sh('cat /home/ann/file')).toBe('one\ntwo\n');
  expect(await owner('/home/ann/file')).toBe('ann:ann:640\n');
  expect(await rig.host('h1').sh('ls -A /var/lib/netwright /run/netwright 2>/dev/null || true')).toBe('');
  const { stdout: again } = await run('  tasks: [{ command: id -un }]\n', 'ann', 0, 'plan');
  expect(told(again, '>')).toHaveLength(1);
});

test('a state wants root, and says so before anything is done', async () => {
  const { stderr } = await run('  tasks: [{ command: touch /home/ann/x }, { bridge: { name: nw0 } }]\n', 'ann', 4);
  expect(stderr).toMatch(/^\[NOT_ROOT\] h1: ann is not root there/m);
  expect(await rig.host('h1').sh('[ -e /home/ann/x ] && echo there || true')).toBe('');
});

test('files are written by the user that each task says, whoever the session belongs to', async () => {
  const tasks = `  tasks:
    - { name: Own, copy: { content: "own\\n", dest: /home/bob/own } }
    - { name: Root, copy: { content: "root\\n", dest: /srv/root }, become: true }
    - { name: Nina, copy: { content: "nina\\n", dest: /home/nina/nina }, become: true, become_user: nina }
    - { name: More, lineinfile: { path: /home/nina/nina, line: more }, become: true, become_user: nina }
`;
  await run(tasks, 'bob');
  expect(await owner('/home/bob/own /srv/root /home/nina/nina')).toBe('bob:bob:644\nroot:root:644\nnina:nina:644\n');
  expect(await rig.host('h1').sh('cat /home/nina/nina')).toBe('nina\nmore\n');
  const { stdout } = await run(tasks, 'bob');
  expect(told(stdout, '=')).toHaveLength(2);
});

test('nobody becomes root where two tasks are two others', async () => {
  const { stdout } = await run(
    `  tasks:
    - { name: Own, command: id -un }
    - { name: Nina, command: id -un, become: true, become_user: nina }
`,
    'bob',
  );
  expect(stdout).toMatch(/> Own +bob$/m);
  expect(stdout).toMatch(/> Nina +nina$/m);
});
