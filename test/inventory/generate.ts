import fc from 'fast-check';
import type { Case } from './case.ts';

const GROUPS = ['web', 'db', 'edge', 'gva', 'zrh', 'g-6'];
const HOSTS = ['h1', 'h2', 'h3', 'gw.example.org', '10.0.0.9', 'fd00::9'];
const NAMES = ['a', 'b', 'c', 'd', 'ansible_host', 'ansible_port'];

/** Texts whose type is a question in INI. */
const VALUES = [
  ...['1', '0', '010', '-1', '1.5', '1e3', '1_000', '0x1F', 'True', 'true', 'None', 'yes', 'abc', '10.0.0.1', '1,2'],
  ...['10.0.0.0/8', '[1,2]', "['x','y']", "{'k':[1,(2,)]}", 'a=b', 'a:b', '2001:db8::1', '#', 'x#y', '$HOME', '~/key'],
  ...['', '(1)', '1.2.3', 'a\\b', '[1', "{'k'", '{{other}}', 'ü', '00:11:22:33:44:55', '1-2'],
];

const pick = <T>(...from: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...from);
const some = <T>(one: fc.Arbitrary<T>, maxLength: number, minLength = 0): fc.Arbitrary<T[]> =>
  fc.array(one, { maxLength, minLength });

/** A value as somebody may quote it; without quotes only what has no space. */
const quotedValue = fc.tuple(pick(...VALUES, 'x y', ' z '), pick('', "'", '"', '\'"')).map(([value, quotes]) => {
  if (quotes === '' && !value.includes(' ')) return value;
  if (quotes === '\'"') return `'"${value}"'`;
  const quote = quotes === '"' ? '"' : "'";
  return value.includes(quote) ? `"${value.replace(/["\\]/g, '\\$&')}"` : `${quote}${value}${quote}`;
});

const hostName = pick(
  ...HOSTS,
  'n[1:3]',
  'n[01:03]',
  'm[a:c]',
  'k[1:5:2].lab',
  'r[1:2]-[a:b]',
  'h4:2222',
  '[fd00::8]:22',
);
const comment = pick('', '', '', ' # a comment', '   ', '\t#');
const hostLine = fc
  .tuple(hostName, some(fc.tuple(pick(...NAMES), quotedValue), 3), comment)
  .map(([host, vars, end]) => `${[host, ...vars.map(([name, value]) => `${name}=${value}`)].join(' ')}${end}`);
const varLine = fc
  .tuple(pick(...NAMES), pick('=', ' = ', '= '), fc.oneof(pick(...VALUES, 'x y'), quotedValue), comment)
  .map((parts) => parts.join(''));
const priority = fc.integer({ min: -1, max: 20 }).map((n) => `ansible_group_priority=${n}`);
const blank = pick('', '# comment', '; comment', '   # indented', '  ');

const group = fc.nat(GROUPS.length - 1);
/** Children come later in the list, so that there is no circle. */
const children = fc
  .tuple(group, some(group, 3))
  .map(([parent, all]) => [
    `[${GROUPS[parent]}:children]`,
    ...all.filter((one) => one > parent).map((one) => GROUPS[one]!),
  ]);
const section = fc.oneof(
  fc.tuple(group, some(fc.oneof(hostLine, hostLine, blank), 4)).map(([one, lines]) => [`[${GROUPS[one]}]`, ...lines]),
  fc
    .tuple(group, some(fc.oneof(varLine, varLine, priority, blank), 4))
    .map(([one, lines]) => [`[${GROUPS[one]}:vars] # v`, ...lines]),
  fc.tuple(pick('all', 'ungrouped'), some(varLine, 2)).map(([one, lines]) => [`[${one}:vars]`, ...lines]),
  children,
);

const iniText = fc
  .tuple(some(fc.oneof(hostLine, blank), 4), some(section, 6), fc.shuffledSubarray(GROUPS), pick('\n', '\r\n'))
  .map(([first, sections, order, end]) => {
    // Every group that is named is declared somewhere.
    const lines = ['# Generated', ...first, ...sections.flat(), ...order.map((name) => `[${name}]`)];
    const rest = GROUPS.filter((name) => !order.includes(name)).map((name) => `[${name}]`);
    return [...lines, ...rest, ''].join(end);
  });

const scalar = fc.oneof(
  fc.integer({ min: -99, max: 99 }),
  fc.boolean(),
  fc.constant(null),
  pick(...VALUES),
  fc.constant(1.5),
);
const value = fc.oneof(scalar, scalar, fc.array(scalar, { maxLength: 2 }), fc.dictionary(pick('x', 'y'), scalar));
const vars = fc.dictionary(pick(...NAMES), value, { maxKeys: 3 });
const yamlHosts = fc.dictionary(hostName, fc.oneof(fc.constant(null), vars), { maxKeys: 3 });

const yamlGroup = (index: number, depth: number): fc.Arbitrary<unknown> => {
  const below = GROUPS.slice(index + 1);
  const inner =
    depth === 0 || below.length === 0
      ? fc.constant(undefined)
      : fc
          .tuple(
            ...below.map((_, one) => fc.option(yamlGroup(index + 1 + one, depth - 1), { nil: undefined, freq: 1 })),
          )
          .map((all) =>
            Object.fromEntries(below.flatMap((name, at) => (all[at] === undefined ? [] : [[name, all[at]]]))),
          );
  const own = fc.record({ hosts: yamlHosts, vars, children: inner }, { requiredKeys: [] });
  return fc.oneof({ weight: 5, arbitrary: own }, { weight: 1, arbitrary: fc.constant(null) });
};

const yamlText = fc
  .tuple(
    yamlGroup(-1, 2),
    fc.dictionary(pick(...GROUPS.slice(3)), yamlGroup(GROUPS.length - 1, 0), { maxKeys: 2 }),
    fc.boolean(),
  )
  .map(([all, others]) => `${JSON.stringify({ all, ...others }, null, 2)}\n`);

const program = fc
  .tuple(yamlHosts, vars, some(pick(...GROUPS.slice(1)), 2), fc.boolean())
  .map(([hosts, groupVars, below, short]) => {
    const names = Object.keys(hosts).filter((name) => /^[\w.]+$/.test(name));
    const answer = {
      web: { hosts: names, vars: groupVars, children: below },
      extra: short ? names : { hosts: names },
      _meta: { hostvars: Object.fromEntries(names.map((name) => [name, hosts[name] ?? {}])) },
    };
    return `#!/bin/sh\ncat <<'END'\n${JSON.stringify(answer)}\nEND\n`;
  });

const source = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(pick('hosts', 'lab.ini', 'vagrant_ansible_inventory'), iniText) },
  { weight: 4, arbitrary: fc.tuple(pick('lab.yml', 'lab.yaml', 'lab.json', 'lab'), yamlText) },
  { weight: 1, arbitrary: fc.tuple(pick('ask.sh', 'ask'), program) },
);

const varsFile = fc
  .tuple(
    pick('group_vars', 'host_vars'),
    pick('all', 'ungrouped', 'h1', 'n2', 'gw.example.org', 'fd00::9', ...GROUPS),
    pick(
      '',
      '.yml',
      '.yaml',
      '.json',
      '/one.yml',
      '/two',
      '/sub/three.json',
      '/.hidden.yml',
      '/four.txt',
      '/five.yml~',
    ),
    vars,
  )
  .map(([kind, name, ending, all]): [string, string] => [`${kind}/${name}${ending}`, `${JSON.stringify(all)}\n`]);

/** Without a file where a folder is to be. */
const consistent = (files: Record<string, string>): boolean => {
  const names = Object.keys(files);
  return !names.some((name) => names.some((other) => other.startsWith(`${name}/`)));
};

/** One or two inventories in folders of their own, or one folder of both, with files of variables beside them. */
export const generated: fc.Arbitrary<Case> = fc
  .tuple(some(source, 2, 1), some(varsFile, 5), some(varsFile, 2), fc.boolean())
  .map(([sources, first, second, isFolder]): Case => {
    const place = (index: number): string => (isFolder ? 'inv' : `inv${index}`);
    const named = sources.map(([name, text], index): [string, string] => [`${place(index)}/${index}-${name}`, text]);
    const beside = [first, second].flatMap((all, index) =>
      all.map(([name, text]): [string, string] => [`${place(index)}/${name}`, text]),
    );
    const files = Object.fromEntries([...named, ...beside]);
    return { files, inventory: isFolder ? ['inv'] : named.map(([name]) => name), plain: false };
  })
  .filter(({ files }) => consistent(files));

/** Hosts for patterns; Ansible itself has no order among the groups that are deeper than these. */
export const fleet: Case = {
  files: {
    hosts: [
      ...['lone', 'gw.example.org', '[web]', 'web[1:3]', '[db]', 'db1', 'db2', '[geneva:children]', 'web', 'edge'],
      ...['[edge]', 'gw2.example.org', 'web1', '[empty]', ''],
    ].join('\n'),
  },
  inventory: ['hosts'],
};

const name = pick('all', '*', 'ungrouped', 'web', 'db', 'geneva', 'edge', 'empty', 'lone', 'web2', 'gw.example.org');
const glob = pick(
  'web*',
  '*1',
  '*.example.org',
  'd?1',
  '[wd]*',
  '[!w]*',
  'web?',
  '*b*',
  'e*',
  '~web[13]',
  '~.*\\.org',
  '~(db|lo)',
);
const slice = fc
  .tuple(
    pick('all', 'web', 'db', 'geneva', '*', 'web*'),
    pick('[0]', '[1]', '[-1]', '[-2]', '[0:1]', '[1:]', '[1:2]', '[0:0]'),
  )
  .map((parts) => parts.join(''));
const piece = fc.tuple(pick('', '', '', '!', '&'), fc.oneof(name, glob, slice)).map((parts) => parts.join(''));

/** Patterns of hosts, with one sort of separator each, as Ansible wants it. */
export const patterns: fc.Arbitrary<string> = fc
  .tuple(some(piece, 4, 1), pick(',', ':', ', '))
  .map(([pieces, separator]) => pieces.join(separator));
