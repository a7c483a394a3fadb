import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { main } from '../../src/cli.ts';

const before = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'netwright-explain-'));
afterEach(() => {
  process.chdir(before);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let count = 0;

/** What the tool says in a folder of these files. */
async function said(files: Readonly<Record<string, string>>, argv: readonly string[]): Promise<string> {
  const here = join(folder, String(count++));
  for (const [name, text] of Object.entries({ ...files, hosts: files.hosts ?? '' })) {
    mkdirSync(dirname(join(here, name)), { recursive: true });
    writeFileSync(join(here, name), text);
  }
  process.chdir(here);
  const written: string[] = [];
  const take = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(take));
  try {
    await main(argv);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return written.join('');
}

const HOSTS = '[parent:children]\nchild\n[child]\nh\n';
const play = (rest: Readonly<Record<string, unknown>>): string =>
  JSON.stringify([{ hosts: 'h', lab: 'x', roles: ['r'], ...rest }]);

/** Everything that can give h its variable, the weakest first: Ansible's order. */
const LEVELS: readonly ((value: string) => { file: string; text: string })[] = [
  (value) => ({ file: 'plays/roles/r/defaults/main.yml', text: `x: ${value}\n` }),
  (value) => ({ file: 'inv/hosts', text: `[all:vars]\nx=${value}\n` }),
  (value) => ({ file: 'inv/hosts', text: `[parent:vars]\nx=${value}\n` }),
  (value) => ({ file: 'inv/hosts', text: `[child:vars]\nx=${value}\n` }),
  (value) => ({ file: 'inv/group_vars/all.yml', text: `x: ${value}\n` }),
  (value) => ({ file: 'plays/group_vars/all.yml', text: `x: ${value}\n` }),
  (value) => ({ file: 'inv/group_vars/parent.yml', text: `x: ${value}\n` }),
  (value) => ({ file: 'inv/group_vars/child/one.yml', text: `x: ${value}\n` }),
  (value) => ({ file: 'plays/group_vars/parent', text: `x: ${value}\n` }),
  (value) => ({ file: 'plays/group_vars/child.json', text: `{"x": "${value}"}\n` }),
  (value) => ({ file: 'inv/hosts', text: `[child]\nh x=${value}\n` }),
  (value) => ({ file: 'inv/host_vars/h.yml', text: `x: ${value}\n` }),
  (value) => ({ file: 'plays/host_vars/h.yaml', text: `x: ${value}\n` }),
  (value) => ({ file: 'play vars', text: value }),
  (value) => ({ file: 'plays/files.yml', text: `x: ${value}\n` }),
  (value) => ({ file: 'plays/roles/r/vars/main.yml', text: `x: ${value}\n` }),
  (value) => ({ file: '--extra-vars', text: value }),
];

test('of all that give a variable a value the strongest wins, and the others are named in their order', async () => {
  const levels = fc
    .uniqueArray(fc.nat(LEVELS.length - 1), { minLength: 1 })
    .map((all) => all.toSorted((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(levels, async (chosen) => {
      const files: Record<string, string> = {
        'inv/hosts': HOSTS,
        'plays/files.yml': '{}\n',
        'plays/roles/r/tasks/main.yml': '[]\n',
      };
      const parts = chosen.map((level) => LEVELS[level]!(`level${level}`));
      for (const { file, text } of parts) files[file] = (file === 'inv/hosts' ? files[file]! : '') + text;
      const own = parts.find(({ file }) => file === 'play vars');
      const extra = parts.find(({ file }) => file === '--extra-vars');
      files['plays/lab.yml'] = play({ vars: own ? { x: own.text } : {}, vars_files: ['files.yml'] });
      const argv = ['explain', 'h.x', 'plays/lab.yml', '-i', 'inv/hosts', '--json'];
      const text = await said(files, extra ? [...argv, '-e', `x=${extra.text}`] : argv);
      const { value, origins } = JSON.parse(text) as { value: string; origins: { value: string; from: string }[] };
      const expected = chosen.toReversed().map((level) => `level${level}`);
      expect(origins.map((origin) => origin.value)).toEqual(expected);
      expect(value).toBe(expected[0]);
      parts.toReversed().forEach(({ file }, index) => {
        expect(origins[index]!.from).toContain(file === 'play vars' ? 'plays/lab.yml:1:' : file);
      });
    }),
    { numRuns: 60 },
  );
});

test('explain tells people the value, and the place of each that has a say', async () => {
  const files = {
    hosts: '[web]\nw1 mtu=1400\n[web:vars]\nmtu=1300\nname="{{ inventory_hostname }}-{{ mtu }}"\n',
    'host_vars/w1.yml': '# of the host\nmtu: 9000\n',
  };
  expect(await said(files, ['explain', 'w1.mtu', '-i', 'hosts'])).toBe(
    'w1.mtu is 9000\n  from  host_vars/w1.yml:2:1  9000\n  over  hosts:2:4             1400\n  over  hosts:4:1             1300\n',
  );
  expect(await said(files, ['explain', 'w1.name', '-i', 'hosts'])).toContain('w1.name is "w1-9000"');
  expect(await said(files, ['explain', 'w1.inventory_hostname', '-i', 'hosts'])).toContain('from  the run itself');
});

test.each([
  ['w1.mut', '[UNDEFINED_VARIABLE] w1 has no variable "mut"; did you mean "mtu"?'],
  ['w2.mtu', '[UNKNOWN_HOST] there is no host or group "w2"; did you mean "w1"?'],
  ['w1.zone', '[UNDEFINED_VARIABLE] w1 has no variable "zone"; netwright inventory --host w1 shows what it has'],
  [
    'elsewhere.mtu',
    '[UNKNOWN_HOST] there is no host or group "elsewhere"; netwright inventory --graph shows all there are',
  ],
  ['mtu', '[BAD_OPTION] "mtu" is not HOST.VARIABLE, such as web1.mtu'],
])('explain %s is refused', async (asked, told) => {
  const text = await said({ hosts: 'w1 mtu=1\n' }, ['explain', asked, '-i', 'hosts']);
  expect(text.slice(0, told.length)).toBe(told);
});

test('a variable that a task sets is known only while the play runs', async () => {
  const tasks = [{ command: 'true', register: 'out' }, { set_fact: { later: 1 } }];
  const files = { hosts: 'h\n', 'lab.yml': JSON.stringify([{ hosts: 'h', tasks }]) };
  for (const name of ['out', 'later']) {
    expect(await said(files, ['explain', `h.${name}`, 'lab.yml', '-i', 'hosts'])).toContain(
      `h.${name} is not known: a task gives it a value while it runs\n  then  lab.yml:1:`,
    );
  }
});
