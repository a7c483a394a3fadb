import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exits, overSsh } from './netwright.ts';
import { startRig, type Rig } from './rig.ts';
import { atTerminal } from './terminal.ts';

// What a person is asked for, typed at a real terminal; and what happens where there is none.

let rig: Rig;
let inventory: string;

beforeAll(async () => {
  rig = await startRig(1);
  inventory = rig.inventory();
});
afterAll(() => rig.stop());

function playbook(name: string, text: string): string {
  const path = join(rig.directory, `${name}.yml`);
  writeFileSync(path, text);
  return path;
}

test('a vault password is asked for, is not shown, and opens what ansible-vault closed', async () => {
  const file = join(rig.directory, 'closed.yml');
  writeFileSync(file, 'token: from-the-vault\n');
  writeFileSync(join(rig.directory, 'password'), 'open sesame\n');
  const closed = spawnSync('ansible-vault', ['encrypt', '--vault-password-file', 'password', 'closed.yml'], {
    cwd: rig.directory,
    encoding: 'utf8',
  });
  expect(closed.status, closed.stderr).toBe(0);
  const path = playbook(
    'vault',
    `- hosts: h1
  lab: asked
  vars_files: closed.yml
  tasks: [{ copy: { content: "{{ token }}", dest: /tmp/token } }]
`,
  );
  const argv = ['run', path, '-i', inventory, '-J'];
  const { code, shown } = await atTerminal(rig, argv, [['Vault password: ', 'open sesame\n']]);
  expect(code, shown).toBe(0);
  expect(shown).not.toMatch(/sesame|from-the-vault/);
  expect(await rig.host('h1').sh('cat /tmp/token')).toBe('from-the-vault');
  const wrong = await atTerminal(rig, argv, [['Vault password: ', 'close sesame\n']]);
  expect(wrong.code).toBe(4);
  expect(wrong.shown).toContain('[VAULT_PASSWORD] the vault password is not the one that this file');
  const interrupted = await atTerminal(rig, argv, [['Vault password: ', 'open\u0003']]);
  expect(interrupted.code).toBe(130);
  expect((await exits(4, overSsh(rig, argv))).stderr).toContain(
    '[NO_TERMINAL] there is no terminal to ask for the vault password',
  );
});

const PROMPTS = `- hosts: h1
  lab: asked
  vars_prompt:
    - { name: who, prompt: Who are you, private: false, default: nobody }
    - { name: word, prompt: Say it, confirm: true }
  tasks:
    - { name: Told, debug: { msg: "{{ who }} said {{ word }}" } }
    - { name: Kept, copy: { content: "{{ word }}", dest: /tmp/word } }
`;

test('variables are asked for, hidden ones are blanked, and what the command line gives is not asked', async () => {
  const path = playbook('prompts', PROMPTS);
  const { code, shown } = await atTerminal(
    rig,
    ['run', path, '-i', inventory],
    [
      ['Who are you [nobody]: ', '\n'],
      ['Say it: ', 'swordfish\n'],
      ['Say it, once more: ', 'sword\n'],
      ['Say it: ', 'swordfish\n'],
      ['Say it, once more: ', 'swordfish\n'],
    ],
  );
  expect(code, shown).toBe(0);
  // Nor is shown what a template made of it.
  expect(shown).toMatch(/h1 += Told +\*\*\*\n/);
  expect(shown).not.toContain('swordfish');
  expect(await rig.host('h1').sh('cat /tmp/word')).toBe('swordfish');
  const given = await exits(0, overSsh(rig, ['run', path, '-i', inventory, '-e', 'who=me word=x1y2z3']));
  expect(given.stdout).toContain('me said x1y2z3');
  await exits(0, overSsh(rig, ['validate', path, '-i', inventory]));
  const { stderr } = await exits(4, overSsh(rig, ['run', path, '-i', inventory, '-e', 'who=me']));
  expect(stderr).toContain(
    `${path}:5:7 [NO_TERMINAL] vars_prompt: there is no terminal to ask for "word"; use -e word=VALUE`,
  );
});

const STEPS = `- hosts: h1
  lab: asked
  gather_facts: false
  tasks:
    - { name: One, copy: { content: x, dest: /tmp/step1 } }
    - { name: Two, copy: { content: x, dest: /tmp/step2 } }
    - { name: Bridge, bridge: { name: nw0 } }
    - { name: Another, bridge: { name: nw1 } }
    - { name: Wait, pause: { prompt: Go on }, register: asked }
    - { name: Last, copy: { content: "{{ asked.user_input }}", dest: /tmp/step3 } }
`;

test('--step does what is answered with yes, and the rest after continue; a pause waits for its answer', async () => {
  const path = playbook('steps', STEPS);
  const { code, shown } = await atTerminal(
    rig,
    ['run', path, '-i', inventory, '--step'],
    [
      ['Perform task: One (N)o/(y)es/(c)ontinue: ', 'y\n'],
      ['Perform task: Two (N)o/(y)es/(c)ontinue: ', '\n'],
      ['Perform task: Bridge (N)o/(y)es/(c)ontinue: ', 'n\n'],
      ['Perform task: Another (N)o/(y)es/(c)ontinue: ', 'c\n'],
      ['Go on: ', 'typed\n'],
    ],
  );
  expect(code, shown).toBe(0);
  expect(await rig.host('h1').sh('ls /tmp/step*; cat /tmp/step3; ls /sys/class/net')).toMatch(
    /^\/tmp\/step1\n\/tmp\/step3\ntyped(?:(?!nw0)[^])*nw1/,
  );
  const { stderr } = await exits(4, overSsh(rig, ['run', path, '-i', inventory, '--step']));
  expect(stderr).toContain('[NO_TERMINAL] --step: there is no terminal to ask at');
  await exits(0, overSsh(rig, ['destroy', path, '-i', inventory]));
});

test('at --step ^D is a no, and ^C ends it there; the screen says nothing of bugs', async () => {
  const path = playbook('ended', STEPS.replace('asked', 'ended').replaceAll('/tmp/step', '/tmp/ended'));
  const { code, shown } = await atTerminal(
    rig,
    ['run', path, '-i', inventory, '--step'],
    [
      ['Perform task: One (N)o/(y)es/(c)ontinue: ', '\u0004'],
      ['Perform task: Two (N)o/(y)es/(c)ontinue: ', 'y\n'],
      ['Perform task: Bridge (N)o/(y)es/(c)ontinue: ', '\u0003'],
    ],
  );
  expect(code, shown).toBe(130);
  expect(shown).toMatch(/ontinue: \ninterrupted: .*\nRECAP h1 {2}ok 1 /);
  expect(await rig.host('h1').sh('ls /tmp/ended*')).toBe('/tmp/ended2\n');
});
