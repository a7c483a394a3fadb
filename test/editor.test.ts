import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LanguageServer } from './schemas/language-server.ts';

// What a person sees who writes a playbook in an editor with a language server for YAML.

const ROOT = join(import.meta.dirname, '..');
const SCHEMA = `# yaml-language-server: $schema=${pathToFileURL(join(ROOT, 'schemas/playbook.schema.json')).href}\n`;

// As the README has it for settings.json.
const [, settings = ''] = /"yaml\.customTags": (\[.*\])/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? [];
const customTags = JSON.parse(settings) as string[];

let server: LanguageServer;

beforeAll(async () => {
  server = await LanguageServer.start(customTags);
});
afterAll(() => server.stop());

const text = (path: string): string =>
  SCHEMA + readFileSync(join(ROOT, path), 'utf8').replace(/^# yaml-language.*\n/m, '');

test.each([
  ...readdirSync(join(ROOT, 'playbooks')).flatMap((name) => (name.endsWith('.yml') ? [`playbooks/${name}`] : [])),
  ...['flow', 'words', 'files', 'batches', 'most', 'tags', 'forced', 'fatal'].map(
    (name) => `test/net/ansible/${name}.yml`,
  ),
])('nothing is underlined in %s', async (path) => {
  expect(await server.check(join('/tmp', path), text(path))).toEqual([]);
});

test('nothing is underlined where a value is of a vault, or no template', async () => {
  const tagged = `${SCHEMA}- hosts: all
  vars:
    password: !vault |
      $ANSIBLE_VAULT;1.1;AES256
      3131
    braces: !unsafe "{{ as it is }}"
  tasks:
    - copy:
        dest: /etc/secret
        content: !unsafe "{{ as it is }}"
`;
  expect(await server.check('/tmp/tagged.yml', tagged)).toEqual([]);
});

test('each mistake is underlined where it stands', async () => {
  const found = await server.check(
    '/tmp/mistakes.yml',
    `${SCHEMA}- hosts: all
  tasks:
    - bridge: { name: nw0, mtu: 15, colour: red }
    - brigde: { name: nw0 }
    - command: uptime
      retires: 3
    - ansible.builtin.copy: { dest: relative }
`,
  );
  expect(found.map((line) => line.split(':')[0]).toSorted()).toEqual(['4', '4', '5', '7', '8']);
  expect(found.join('\n')).toMatch(/4: .*colour[^]*5: .*brigde[^]*7: .*retires/);
});

test('a task is offered its keywords and kinds, a kind its options, an option its values', async () => {
  const task = await server.offers('/tmp/task.yml', `${SCHEMA}- hosts: all\n  tasks:\n    - |\n`);
  expect(task).toEqual(expect.arrayContaining(['bridge', 'package', 'when', 'block', 'include_tasks', 'local_action']));
  expect(task).not.toContain('ignore_unreachable');
  const bridge = await server.offers(
    '/tmp/bridge.yml',
    `${SCHEMA}- hosts: all\n  tasks:\n    - bridge:\n        na|\n`,
  );
  expect(bridge).toEqual(expect.arrayContaining(['name', 'fixed_cidr', 'ip_masq']));
  expect(bridge).not.toContain('when');
  const state = await server.offers(
    '/tmp/state.yml',
    `${SCHEMA}- hosts: all\n  tasks:\n    - service:\n        name: ssh\n        state: |\n`,
  );
  expect(state).toEqual(expect.arrayContaining(['started', 'stopped', 'restarted', 'reloaded']));
  const play = await server.offers('/tmp/play.yml', `${SCHEMA}- |\n`);
  expect(play).toEqual(expect.arrayContaining(['hosts', 'tasks', 'gather_facts', 'serial', 'vars_prompt']));
});
