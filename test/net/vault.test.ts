import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ansible } from '../inventory/ansible.ts';
import { exits, overSsh } from './netwright.ts';
import { startRig, type Rig } from './rig.ts';

const TOKEN = 'inl1ne-t0ken';
const WHOLE = 's3cr3t-of-a-file';
const NUMBER = 48_151_623;
const KEPT = [TOKEN, WHOLE, String(NUMBER), Buffer.from(TOKEN).toString('base64'), 'open sesame'];

let rig: Rig;
let argv: string[];

/** The real ansible-vault closes what nobody may read. */
beforeAll(async () => {
  rig = await startRig(1);
  const file = (name: string): string => join(rig.directory, name);
  mkdirSync(file('group_vars'));
  writeFileSync(file('password'), 'open sesame\n');
  writeFileSync(file('asked'), '#!/bin/sh\necho of the lab\n', { mode: 0o755 });
  writeFileSync(file('group_vars/all.yml'), `whole: ${WHOLE}\nnumber: ${NUMBER}\n`);
  const [closed, whole] = ansible([
    [rig.directory, ['ansible-vault', 'encrypt_string', '--vault-id', 'lab@asked', '--name', 'token', TOKEN]],
    [rig.directory, ['ansible-vault', 'encrypt', '--vault-password-file', 'password', 'group_vars/all.yml']],
  ]);
  expect([closed!.code, whole!.code], closed!.stderr + whole!.stderr).toEqual([0, 0]);
  const vars = closed!.stdout.replace(/^/gm, '        ');
  writeFileSync(file('lab.yml'), `all:\n  hosts:\n    h1:\n${vars}\n`);
  writeFileSync(
    file('play.yml'),
    `- hosts: h1
  lab: hush
  vars: { made: "{{ token | b64encode }}" }
  tasks:
    - name: Say {{ whole }}
      command: { argv: [echo, "{{ token }}", "{{ whole }}", "{{ number | string }}", "{{ made }}"] }
      register: said
    - debug: { msg: "{{ said.stdout }} {{ made }}" }
    - bridge: { name: nw-hush }
      when: said.stdout is search(whole)
`,
  );
  argv = ['-i', file('lab.yml'), '--vault-password-file', file('password'), '--vault-id', `lab@${file('asked')}`];
});
afterAll(() => rig.stop());

const keepsSecrets = (text: string): void => {
  expect(KEPT.filter((secret) => text.includes(secret))).toEqual([]);
};

test('what ansible-vault closed is used on the host, and is in nothing that is printed or kept there', async () => {
  const play = join(rig.directory, 'play.yml');
  const junit = join(rig.directory, 'junit.xml');
  for (const words of [
    ['plan', play, '-vv'],
    ['run', play, '-vv', '--diff', '--profile'],
    ['run', play, '--json', '-vv', '--junit', junit],
  ]) {
    const { stdout, stderr } = await exits(0, overSsh(rig, [...words, ...argv]));
    expect(stdout).toContain('***');
    keepsSecrets(stdout + stderr);
  }
  const [host] = rig.hosts;
  const kept = await host!.exec([
    'sh',
    '-c',
    'cat /var/lib/netwright/* /var/lib/netwright/*/* /run/netwright/* 2>/dev/null',
  ]);
  expect(kept.stdout).toContain('nw-hush');
  keepsSecrets(kept.stdout);
  await exits(0, overSsh(rig, ['destroy', play, ...argv]));
});

test('a mistake beside a secret, and a failure that holds one, keep it too', async () => {
  const bad = join(rig.directory, 'bad.yml');
  writeFileSync(bad, '- hosts: h1\n  lab: hush\n  tasks: [{ bridge: { name: nw-hush, mtu: "{{ whole }}" } }]\n');
  const refused = await exits(4, overSsh(rig, ['run', bad, ...argv]));
  expect(refused.stderr).toContain('found text "***"');
  keepsSecrets(refused.stdout + refused.stderr);
  writeFileSync(bad, `- hosts: h1\n  lab: hush\n  tasks: [{ shell: "echo {{ token }} >&2; exit 3" }]\n`);
  const failed = await exits(3, overSsh(rig, ['run', bad, '-vv', ...argv]));
  expect(failed.stdout).toContain('***');
  keepsSecrets(failed.stdout + failed.stderr);
});

test('a wrong password is told with the place of what it does not open', async () => {
  const wrong = ['-i', argv[1]!, '--vault-password-file', join(rig.directory, 'asked')];
  const { stderr } = await exits(4, overSsh(rig, ['run', join(rig.directory, 'play.yml'), ...wrong]));
  expect(stderr).toContain('group_vars/all.yml:1:1 [VAULT_PASSWORD] the vault password is not the one that this file');
});
