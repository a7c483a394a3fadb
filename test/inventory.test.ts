import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProblem, NetwrightError } from '../src/error.ts';
import {
  assignments,
  connectionOf,
  expandRange,
  hostsOf,
  implicitHost,
  layersOf,
  parseInventory,
  readInventories,
  selectHosts,
  selectLimit,
  splitWords,
  type Files,
  type Inventory,
} from '../src/inventory.ts';

const filesOf = (files: Readonly<Record<string, string>>): Files => ({
  read: (path) => files[path],
  list: (path) => {
    const inside = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
    const names = new Set(inside.map((file) => file.slice(path.length + 1).split('/')[0]!));
    return names.size === 0 ? undefined : [...names];
  },
});

function inventoryOf(text: string, files: Readonly<Record<string, string>> = {}): Inventory {
  const { inventory, problems } = parseInventory([{ file: 'inv/lab.yml', text }], filesOf(files));
  if (problems.length > 0) throw new NetwrightError(problems);
  return inventory;
}

const codes = (text: string): string[] =>
  parseInventory([{ file: 'lab.yml', text }]).problems.map(
    ({ code, place }) => `${code} ${place?.line}:${place?.column}`,
  );

/** The final values of a host's variables, as they are written. */
const varsOf = (inventory: Inventory, host: string): Record<string, unknown> =>
  Object.fromEntries(
    layersOf(inventory, implicitHost(inventory, host)).flatMap(({ vars }) =>
      [...vars].map(([name, { value }]) => [name, value]),
    ),
  );

const FLEET = `
all:
  hosts: {lone: }
  children:
    web:
      hosts: {"web[1:3]": }
    db:
      hosts: {db1: , db2: }
    geneva:
      children:
        web:
        edge:
          hosts: {gw.example.org: , web1: }
`;

describe('an inventory in YAML', () => {
  const fleet = inventoryOf(FLEET);

  test('has the hosts in the order in which they stand', () => {
    expect([...fleet.hosts.keys()]).toEqual(['lone', 'web1', 'web2', 'web3', 'db1', 'db2', 'gw.example.org']);
  });

  test('knows who is in a group, directly or below it', () => {
    expect(hostsOf(fleet, 'geneva')).toEqual(['web1', 'web2', 'web3', 'gw.example.org']);
    expect(hostsOf(fleet, 'all')).toHaveLength(7);
    expect(hostsOf(fleet, 'ungrouped')).toEqual(['lone']);
    expect(fleet.hosts.get('web1')!.groups).toEqual(['geneva', 'edge', 'web']);
  });

  test.each([
    ['groups at the top level', 'web:\n  hosts:\n    a:\n', ['a']],
    ['a single host as text', 'all:\n  hosts: a\n', ['a']],
    ['JSON', '{"all": {"hosts": {"a": null}}}', ['a']],
    ['nothing at all', '# empty\n', []],
    ['a port behind the name', 'all:\n  hosts:\n    a:2222:\n', ['a']],
  ])('may have %s', (_, text, hosts) => {
    expect([...inventoryOf(text).hosts.keys()]).toEqual(hosts);
  });

  test('takes a port behind the name as the port', () => {
    expect(varsOf(inventoryOf('all:\n  hosts:\n    a:2222:\n'), 'a')).toEqual({ ansible_port: 2222 });
  });

  test('is joined with others, and what a later one says wins', () => {
    const { inventory, problems } = parseInventory([
      { file: 'a.yml', text: 'web:\n  vars: {x: 1, y: 1}\n  hosts: {a: }' },
      { file: 'b.yml', text: 'web:\n  vars: {x: 2}\n  hosts: {b: }' },
    ]);
    expect(problems).toEqual([]);
    expect(hostsOf(inventory, 'web')).toEqual(['a', 'b']);
    expect(varsOf(inventory, 'a')).toEqual({ x: 2, y: 1 });
  });
});

describe('an inventory that is wrong is told where', () => {
  test.each([
    ['a host that would be an option', 'all:\n  hosts:\n    -oProxyCommand=x:\n', ['BAD_NAME 3:5']],
    ['a host with a space', 'all:\n  hosts:\n    "a b":\n', ['BAD_NAME 3:5']],
    ['a group with a slash', 'all:\n  children:\n    a/b:\n', ['BAD_NAME 3:5']],
    [
      'a group inside of itself',
      'all:\n  children:\n    a:\n      children: {b: }\n    b:\n      children: {a: }\n',
      ['GROUP_CYCLE 6:18'],
    ],
    ['a name for a host and a group', 'a:\n  hosts:\n    b:\nb:\n  hosts:\n    c:\n', ['NAME_CLASH 3:5']],
    ['a misspelt section', 'all:\n  host:\n    b:\n', ['UNKNOWN_KEY 2:3']],
    ['hosts as a list', 'all:\n  hosts: [a, b]\n', ['WRONG_TYPE 2:10']],
    ['variables that are text', 'all:\n  vars: hello\n', ['WRONG_TYPE 2:9']],
    ['a bad variable name', 'all:\n  vars: {a-b: 1}\n', ['BAD_NAME 2:10']],
    ['a range without end', 'all:\n  hosts:\n    "a[1:]":\n', ['BAD_RANGE 3:5']],
    ['a list of groups', '- a\n', ['WRONG_TYPE 1:1']],
    [
      'three mistakes at once',
      'all:\n  hosts: 5\n  vars: 5\n  foo: 5\n',
      ['WRONG_TYPE 2:10', 'WRONG_TYPE 3:9', 'UNKNOWN_KEY 4:3'],
    ],
  ])('%s', (_, text, problems) => {
    expect(codes(text)).toEqual(problems);
  });

  test('with the way out', () => {
    const [problem] = parseInventory([{ file: 'lab.yml', text: 'all:\n  hsots:\n    b:\n' }]).problems;
    expect(formatProblem(problem!)).toBe(
      'lab.yml:2:3 [UNKNOWN_KEY] "hsots" is nothing that a group has; did you mean "hosts"?\n  2 |   hsots:\n    |   ^^^^^',
    );
  });
});

describe('sources of a command line', () => {
  test('names with commas are hosts', () => {
    const { inventory, problems } = readInventories({ inventories: ['a,b,'] }, filesOf({}));
    expect(problems).toEqual([]);
    expect([...inventory.hosts.keys()]).toEqual(['a', 'b']);
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ['missing.yml', {}, 'NO_FILE'],
    ['folder', { 'folder/a.ini': '[web]\na\n' }, 'NO_FILE'],
    ['hosts.toml', { 'hosts.toml': '' }, 'UNSUPPORTED'],
    ['aws.yml', { 'aws.yml': 'plugin: aws_ec2\n' }, 'UNSUPPORTED'],
  ])('%s', (source, files, code) => {
    expect(readInventories({ inventories: [source] }, filesOf(files)).problems).toMatchObject([{ code }]);
  });
});

describe('ranges', () => {
  test.each([
    ['web', ['web']],
    ['web[1:3]', ['web1', 'web2', 'web3']],
    ['web[08:10]', ['web08', 'web09', 'web10']],
    ['web[1:7:3].lab', ['web1.lab', 'web4.lab', 'web7.lab']],
    ['[a:c]', ['a', 'b', 'c']],
    ['[:2]', ['0', '1', '2']],
    ['r[1:2]-[a:b]', ['r1-a', 'r1-b', 'r2-a', 'r2-b']],
  ])('%s', (pattern, names) => {
    expect(expandRange(pattern)).toEqual(names);
  });

  test.each([
    'a[1:',
    'a[1]',
    'a[]',
    'a[1:2:0]',
    'a[1:2:3:4]',
    'a[2:1]',
    'a[a:9]',
    'a[01:100]',
    'a[1:9999999]',
    'a[aa:bb]',
  ])('%s is refused', (pattern) => {
    expect(() => expandRange(pattern)).toThrow();
  });

  test('a range has one name for every step from its first to its last number, each as wide as the first', () => {
    const numbers = fc.tuple(
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(numbers, fc.boolean(), ([a, b, step], padded) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const text = (n: number): string => (padded ? String(n).padStart(4, '0') : String(n));
        const names = expandRange(`h[${text(from)}:${text(to)}:${step}]`);
        expect(names).toHaveLength(Math.floor((to - from) / step) + 1);
        expect(names[0]).toBe(`h${text(from)}`);
        expect(new Set(names.map((name) => (padded ? name.length : 1))).size).toBe(1);
        expect(names.every((name) => (Number(name.slice(1)) - from) % step === 0)).toBe(true);
      }),
    );
  });
});

describe('variables of a host', () => {
  const text = `
all:
  vars: {a: all, b: all, c: all, d: all}
  children:
    one:
      vars: {b: one, c: one}
      children:
        deep:
          vars: {c: deep, d: deep}
          hosts: {h: }
    two:
      vars: {b: two, c: two}
      hosts: {h: {e: host}}
`;

  test('come from all, then the groups by depth and name, then the host', () => {
    expect(varsOf(inventoryOf(text), 'h')).toEqual({ a: 'all', b: 'two', c: 'deep', d: 'deep', e: 'host' });
  });

  test('ansible_group_priority is stronger than the name, not than the depth', () => {
    const other = text.replace('{b: one, c: one}', '{b: one, c: one, ansible_group_priority: 5}');
    expect(varsOf(inventoryOf(other), 'h')).toMatchObject({ b: 'one', c: 'deep' });
  });

  test('group_vars and host_vars beside the inventory win over what stands in it', () => {
    const files = {
      'inv/group_vars/all.yml': 'a: all file\nf: all file',
      'inv/group_vars/deep/one.yml': 'd: deep file',
      'inv/group_vars/deep/two.yaml': 'd: second deep file',
      'inv/group_vars/deep/.hidden.yml': 'd: no',
      'inv/group_vars/deep/notes.txt': 'no: no',
      'inv/host_vars/h': 'e: host file',
      'inv/host_vars/other.yml': 'e: other',
    };
    expect(varsOf(inventoryOf(text, files), 'h')).toMatchObject({
      a: 'all file',
      d: 'second deep file',
      e: 'host file',
      f: 'all file',
    });
  });

  test('the playbook folder comes after the inventory folder', () => {
    const files = filesOf({ 'inv/group_vars/all.yml': 'x: inventory', 'plays/group_vars/all.yml': 'x: playbook' });
    const { inventory } = parseInventory([{ file: 'inv/lab.yml', text }], files, ['plays']);
    expect(varsOf(inventory, 'h')).toMatchObject({ x: 'playbook' });
    expect(layersOf(inventory, inventory.hosts.get('h')!).map(({ name }) => name)).toEqual([
      'group all in inv/lab.yml',
      'group one in inv/lab.yml',
      'group two in inv/lab.yml',
      'group deep in inv/lab.yml',
      'inv/group_vars/all.yml',
      'plays/group_vars/all.yml',
      'host h in inv/lab.yml',
    ]);
  });

  test('a file of variables that is none is told', () => {
    const files = filesOf({ 'inv/group_vars/all.yml': '- a' });
    const { problems } = parseInventory([{ file: 'inv/lab.yml', text }], files);
    expect(problems).toMatchObject([{ code: 'WRONG_TYPE', place: { file: 'inv/group_vars/all.yml', line: 1 } }]);
  });

  test('localhost is there without being written, with a local connection and the variables of all', () => {
    const inventory = inventoryOf(text);
    expect(selectHosts(inventory, 'localhost')).toEqual({ hosts: ['localhost'], problems: [] });
    expect(varsOf(inventory, 'localhost')).toMatchObject({ ansible_connection: 'local', a: 'all' });
    expect(hostsOf(inventory, 'all')).not.toContain('localhost');
  });

  test('a localhost that is written is only what is written', () => {
    expect(varsOf(inventoryOf('all:\n  hosts: {localhost: {x: 1}}'), 'localhost')).toEqual({ x: 1 });
  });
});

describe('patterns', () => {
  const fleet = inventoryOf(FLEET);

  test.each([
    ['all', 'lone web1 web2 web3 db1 db2 gw.example.org'],
    ['*', 'lone web1 web2 web3 db1 db2 gw.example.org'],
    ['web', 'web1 web2 web3'],
    ['web2', 'web2'],
    ['web,db', 'web1 web2 web3 db1 db2'],
    ['web:db', 'web1 web2 web3 db1 db2'],
    ['db, web1', 'db1 db2 web1'],
    ['all:!web', 'lone db1 db2 gw.example.org'],
    ['!web', 'lone db1 db2 gw.example.org'],
    ['web:&edge', 'web1'],
    ['!web1:web', 'web2 web3'],
    ['geneva:!edge', 'web2 web3'],
    ['web*', 'web1 web2 web3'],
    ['web[12]', undefined],
    ['web?', 'web1 web2 web3'],
    ['[dl]*', 'db1 db2 lone'],
    ['[!w]*1', 'db1'],
    ['*.example.org', 'gw.example.org'],
    ['~web[13]', 'web1 web3'],
    ['~(db|lone)', 'db1 db2 lone'],
    ['web[0]', 'web1'],
    ['web[-1]', 'web3'],
    ['web[1:2]', 'web2 web3'],
    ['web[1:]', 'web2 web3'],
    ['web[0:1]:db[0]', 'web1 web2 db1'],
    ['all:!zzz*', 'lone web1 web2 web3 db1 db2 gw.example.org'],
    ['localhost', 'localhost'],
    ['web1:localhost', 'web1 localhost'],
    ['ungrouped', 'lone'],
  ])('%s', (pattern, hosts) => {
    const selection = selectHosts(fleet, pattern);
    if (hosts === undefined) expect(selection.problems).toHaveLength(1);
    else expect({ ...selection, hosts: selection.hosts.join(' ') }).toEqual({ hosts, problems: [] });
  });

  test('an expression that never comes to an end is refused', () => {
    const { problems } = selectHosts(inventoryOf(`all: {hosts: {${'a'.repeat(60)}: }}`), '~(a+)+!');
    expect(problems).toMatchObject([{ code: 'BAD_PATTERN', hint: 'what repeats inside a repetition takes for ever' }]);
  });

  test.each([
    ['wbe', 'UNKNOWN_HOST', 'did you mean "web"?'],
    ['all:!wbe', 'UNKNOWN_HOST', 'did you mean "web"?'],
    ['all:&locahost', 'UNKNOWN_HOST', 'did you mean "localhost"?'],
    ['zzz*', 'UNKNOWN_HOST', 'netwright inventory --graph shows all there are'],
    ['web[7]', 'UNKNOWN_HOST', undefined],
    ['~web(', 'BAD_PATTERN', undefined],
    ['', 'BAD_PATTERN', 'for all hosts, write all'],
    [' , ', 'BAD_PATTERN', 'for all hosts, write all'],
  ])('%j is refused', (pattern, code, hint) => {
    const [problem] = selectHosts(fleet, pattern).problems;
    expect(problem).toMatchObject({ code });
    expect(problem?.hint).toBe(hint);
  });

  test('the caret stands under the part that is wrong', () => {
    const place = { file: 'lab.yml', line: 1, column: 10, text: '- hosts: web:!dbb', length: 8 };
    expect(selectHosts(fleet, 'web:!dbb', place).problems).toMatchObject([{ place: { column: 15, length: 3 } }]);
  });

  test('the hosts of a union come once, an intersection is in both, an exclusion in neither', () => {
    const names = [...fleet.groups.keys(), ...fleet.hosts.keys()];
    const name = fc.constantFrom(...names);
    const of = (pattern: string): string[] => [...selectHosts(fleet, pattern).hosts];
    fc.assert(
      fc.property(name, name, fc.constantFrom(':', ','), (a, b, separator) => {
        expect(of(`${a}${separator}${b}`)).toEqual([...new Set([...of(a), ...of(b)])]);
        expect(of(`${a}${separator}&${b}`)).toEqual(of(a).filter((host) => of(b).includes(host)));
        expect(of(`${a}${separator}!${b}`)).toEqual(of(a).filter((host) => !of(b).includes(host)));
        expect(of(`!${b}${separator}${a}`)).toEqual(of(`${a}${separator}!${b}`));
      }),
    );
  });

  test('any text is either a pattern or refused', () => {
    const part = fc.constantFrom(
      'web',
      'db',
      ':',
      ',',
      '!',
      '&',
      '[',
      ']',
      '*',
      '?',
      '~',
      '(',
      '1',
      '-',
      ' ',
      '\\',
      '.',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const { hosts, problems } = selectHosts(fleet, parts.join(''));
        // This machine is always there.
        for (const host of hosts) expect(fleet.hosts.has(host) || host === '::1', host).toBe(true);
        for (const { code } of problems) expect(['UNKNOWN_HOST', 'BAD_PATTERN']).toContain(code);
      }),
      { numRuns: 2000 },
    );
  });

  test('--limit takes patterns, and files of them', () => {
    const files = filesOf({ failed: '# from the last run\nweb1\n\ndb2\n' });
    expect(selectLimit(fleet, '@failed', files).hosts).toEqual(['web1', 'db2']);
    expect(selectLimit(fleet, '@failed,lone', files).hosts).toEqual(['web1', 'db2', 'lone']);
    expect(selectLimit(fleet, 'web:!web1', files).hosts).toEqual(['web2', 'web3']);
    expect(selectLimit(fleet, '@nothing', files).problems).toMatchObject([{ code: 'NO_FILE' }]);
    expect(selectLimit(fleet, ' ', files).problems).toMatchObject([{ code: 'BAD_PATTERN' }]);
    expect(selectLimit(fleet, 'wbe', files).problems).toMatchObject([{ code: 'UNKNOWN_HOST' }]);
  });
});

describe('the connection of a host', () => {
  const connect = (vars: Readonly<Record<string, unknown>>, defaults = {}) =>
    connectionOf('h1', (name) => (Object.hasOwn(vars, name) ? { value: vars[name] } : undefined), defaults);
  const plain = { name: 'h1', type: 'ssh', address: 'h1', sshArgs: [], become: { enabled: false, user: 'root' } };

  test.each([
    [{}, plain],
    [{ ansible_connection: 'local' }, { ...plain, type: 'local' }],
    [
      { ansible_host: '10.0.0.1', ansible_port: 2222 },
      { ...plain, address: '10.0.0.1', port: 2222 },
    ],
    [
      { ansible_host: 'fe80::1%eth0', ansible_port: '22' },
      { ...plain, address: 'fe80::1%eth0', port: 22 },
    ],
    [
      { ansible_ssh_host: 'a.b', ansible_ssh_port: 23, ansible_ssh_user: 'u' },
      { ...plain, address: 'a.b', port: 23, user: 'u' },
    ],
    [
      { ansible_host: 'new', ansible_ssh_host: 'old' },
      { ...plain, address: 'new' },
    ],
    [
      { ansible_user: 'vagrant', ansible_ssh_private_key_file: '/k ey' },
      { ...plain, user: 'vagrant', keyFile: '/k ey' },
    ],
    [{ ansible_become: 'yes' }, { ...plain, become: { enabled: true, user: 'root' } }],
    [
      { ansible_become: true, ansible_become_user: 'net', ansible_become_pass: 's e' },
      { ...plain, become: { enabled: true, user: 'net', password: 's e' } },
    ],
    [{ ansible_ssh_common_args: "-J 'a b' -oPort=3 -v" }, { ...plain, sshArgs: ['-J', 'a b', '-o', 'Port=3', '-v'] }],
    [
      { ansible_ssh_common_args: '-o ProxyJump=a', ansible_ssh_extra_args: '-4' },
      { ...plain, sshArgs: ['-o', 'ProxyJump=a', '-4'] },
    ],
    [
      { ansible_ssh_common_args: '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null' },
      { ...plain, sshArgs: ['-o', 'UserKnownHostsFile=/dev/null', '-o', 'StrictHostKeyChecking=accept-new'] },
    ],
    [
      { ansible_ssh_common_args: `-o "stricthostkeychecking no" -oUserKnownHostsFile=.vagrant/known` },
      { ...plain, sshArgs: ['-o', 'UserKnownHostsFile=.vagrant/known', '-o', 'StrictHostKeyChecking=accept-new'] },
    ],
    [{ ansible_host_key_checking: false }, { ...plain, sshArgs: ['-o', 'StrictHostKeyChecking=accept-new'] }],
  ])('%j', (vars, connection) => {
    expect(connect(vars)).toEqual({ connection, problems: [] });
  });

  test('the host wins over the play and the command line', () => {
    const defaults = { type: 'local', user: 'u', keyFile: 'k', become: true, becomeUser: 'b' };
    expect(connect({}, defaults).connection).toMatchObject({
      type: 'local',
      user: 'u',
      keyFile: 'k',
      become: { enabled: true, user: 'b' },
    });
    const vars = { ansible_connection: 'ssh', ansible_user: 'v', ansible_become: false };
    expect(connect(vars, defaults).connection).toMatchObject({ type: 'ssh', user: 'v', become: { enabled: false } });
  });

  test.each([
    [{ ansible_host: '-oProxyCommand=x' }, 'BAD_VALUE'],
    [{ ansible_host: 'a b' }, 'BAD_VALUE'],
    [{ ansible_port: 0 }, 'BAD_VALUE'],
    [{ ansible_port: 65_536 }, 'BAD_VALUE'],
    [{ ansible_port: 'ssh' }, 'BAD_VALUE'],
    [{ ansible_user: '-x' }, 'BAD_VALUE'],
    [{ ansible_become: 'perhaps' }, 'BAD_VALUE'],
    [{ ansible_become_user: 'a b' }, 'BAD_VALUE'],
    [{ ansible_ssh_common_args: 'elsewhere' }, 'BAD_VALUE'],
    [{ ansible_ssh_common_args: "-J 'open" }, 'BAD_VALUE'],
    [{ ansible_ssh_common_args: '-N' }, 'BAD_VALUE'],
    [{ ansible_ssh_common_args: '-vN' }, 'BAD_VALUE'],
    [{ ansible_ssh_common_args: '-J' }, 'BAD_VALUE'],
    [{ ansible_connection: 'winrm' }, 'UNSUPPORTED'],
    [{ ansible_become_method: 'su' }, 'UNSUPPORTED'],
    [{ ansible_password: 'secret' }, 'UNSUPPORTED'],
    [{ ansible_ssh_pass: 'secret' }, 'UNSUPPORTED'],
  ])('%j is refused', (vars, code) => {
    const { problems } = connect(vars);
    expect(problems).toMatchObject([{ code }]);
    expect(JSON.stringify(problems)).not.toContain('secret');
  });
});

describe('words of a command line', () => {
  test.each([
    ['', []],
    ['  a  b ', ['a', 'b']],
    [`a'b c'd "e'f" \\g`, ['ab cd', "e'f", 'g']],
    [`"a\\"b" "\\x"`, ['a"b', '\\x']],
    [`'' ""`, ['', '']],
    [`'a`, undefined],
    [`a\\`, undefined],
    ['a $HOME `b` | c', ['a', '$HOME', '`b`', '|', 'c']],
  ])('%j', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });

  test('what was quoted comes back', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
        expect(splitWords(line)).toEqual(words);
      }),
    );
  });
});

describe('name=value of a command line, as Ansible takes it apart', () => {
  test.each([
    ['a=1 b=2', { a: '1', b: '2' }],
    ['a=\'x y\' b="z w"', { a: 'x y', b: 'z w' }],
    ['a=x\\ty', { a: 'x\ty' }],
    ['a=C:\\\\temp', { a: 'C:\\temp' }],
    ['a=b=c d=', { a: 'b=c', d: '' }],
    ["a=\"it's\" b=x'y z'w", { a: "it's", b: "x'y z'w" }],
    ["a={{ b | default('x y') }} c=1", { a: "{{ b | default('x y') }}", c: '1' }],
    ['a=\\x41\\u0042', { a: 'AB' }],
  ])('%s', (line, values) => {
    expect(Object.fromEntries(assignments(line)!.map(({ name, value }) => [name, value]))).toEqual(values);
  });

  test('an open quote is refused', () => {
    expect(assignments("a='b c")).toBeUndefined();
  });
});
