import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { schemaFiles, staleFiles, writeFiles } from '../src/schemas/files.ts';
import { writeValidators } from '../src/schemas/validators.ts';
import { parseSource, Unsafe } from '../src/source.ts';
import { formatChecks, type Precompiled } from '../src/validate/ajv.ts';
import { kinds } from '../tasks/index.ts';

const files = schemaFiles(kinds);
const folder = mkdtempSync(join(tmpdir(), 'netwright-schemas-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** To an editor a text that is no template is a text. */
const valueOf = (text: string): unknown =>
  JSON.parse(
    JSON.stringify(parseSource(text, 'lab.yml').source!.value, (_, value: unknown) =>
      value instanceof Unsafe ? value.text : value,
    ),
  );

/** As an editor checks it: draft-07, with the references between the files. */
function editor(name: string) {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  for (const [file, text] of files) ajv.addSchema(JSON.parse(text) as object, file);
  return (value: unknown) =>
    ajv.validate(name, value) ? [] : ajv.errors!.map((error) => `${error.instancePath} ${error.message}`);
}

describe('for editors', () => {
  const playbook = editor('playbook.schema.json');
  const playbooks = new URL('../playbooks/', import.meta.url).pathname;

  test.each(readdirSync(playbooks).filter((name) => name.endsWith('.yml')))('playbooks/%s is right', (name) => {
    expect(playbook(valueOf(readFileSync(join(playbooks, name), 'utf8')))).toEqual([]);
  });

  const plays = new URL('net/ansible/', import.meta.url).pathname;

  test.each(readdirSync(plays).filter((name) => /^(?!h\d|more|vars|debian).*\.yml$/.test(name)))(
    'what Ansible runs is right too: %s',
    (name) => {
      expect(playbook(valueOf(readFileSync(join(plays, name), 'utf8')))).toEqual([]);
    },
  );

  test.each([
    'bridge: { name: "{{ a }}", mtu: "{{ b }}", icc: "{{ c }}", address: "{{ d }}", ports: "{{ e }}", state: "{{ f }}" }',
    'container: { name: "{{ a }}", networks: [{ bridge: "{{ b }}", address: ["{{ c }}/24"], gateway: "{{ d }}" }] }',
    'command: ip -br addr',
  ])('a template is as good as a value: %s', (task) => {
    expect(playbook(valueOf(`- hosts: "{{ a }}"\n  tasks:\n    - ${task}\n`))).toEqual([]);
  });

  test.each([
    'bridge: { name: nw0, mtu: 1500x }',
    'bridge: { name: nw0, colour: red }',
    'bridge: { mtu: 1500 }',
    'route: { to: somewhere else }',
    'brigde: { name: nw0 }',
    'command: uptime\n      serial: 1',
    'command: uptime\n      adopt: "{{ a }}"',
  ])('a mistake is marked: %s', (task) => {
    expect(playbook(valueOf(`- hosts: all\n  tasks:\n    - ${task}\n`))).not.toEqual([]);
  });

  test('descriptions, defaults and examples are kept where an editor shows them', () => {
    const bridge = JSON.parse(files.get('bridge.schema.json')!) as { properties: Record<string, object> };
    expect(bridge.properties.icc).toMatchObject({ default: true, description: expect.any(String) as string });
    expect(bridge.properties.address).toMatchObject({ examples: ['172.30.0.1/16'] });
  });

  test("Ansible's inventories are right, and a misplaced key is marked", () => {
    const inventory = editor('inventory.schema.json');
    const text =
      'all:\n  hosts:\n    a: { ansible_host: 10.0.0.1, ansible_port: 22, own: 1 }\n    b:\n  children:\n    web: { hosts: { a: } }\n';
    expect(inventory(valueOf(text))).toEqual([]);
    expect(inventory(valueOf('all:\n  host:\n    a:\n'))).not.toEqual([]);
    expect(inventory(valueOf('all:\n  vars: { ansible_connection: telnet }\n'))).not.toEqual([]);
  });
});

describe('the folder', () => {
  test('is written, found right, and found stale when a file is missing, different or left over', () => {
    expect(staleFiles(folder, files)).toEqual([...files.keys()].toSorted());
    writeFiles(folder, files);
    expect(staleFiles(folder, files)).toEqual([]);
    writeFileSync(join(folder, 'gone.schema.json'), '{}');
    writeFileSync(join(folder, 'bridge.schema.json'), '{}');
    expect(staleFiles(folder, files)).toEqual(['bridge.schema.json', 'gone.schema.json']);
    writeFiles(folder, files);
    expect(staleFiles(folder, files)).toEqual([]);
  });

  test('schemas/ is what the kinds say; else run "npm run schemas"', () => {
    expect(staleFiles(new URL('../schemas/', import.meta.url).pathname, files)).toEqual([]);
  });
});

describe('precompiled validators', () => {
  const validators = join(folder, 'validators');
  beforeAll(() => writeValidators(validators, kinds));

  test('there is one for each kind, for plays and for tasks', () => {
    const names = [...kinds.map(({ kind }) => kind), 'play', 'task'].map((name) => `${name}.cjs`);
    expect(readdirSync(validators).toSorted()).toEqual(names.toSorted());
  });

  test('they need nothing but themselves: outside the project no package is found', () => {
    const load = createRequire(import.meta.url);
    for (const name of readdirSync(validators)) {
      const { fingerprint, create } = load(join(validators, name)) as Precompiled;
      expect(fingerprint).toMatch(/^[0-9a-f]{32}$/);
      expect(create(formatChecks)('text')).toBe(false);
    }
  });
});
