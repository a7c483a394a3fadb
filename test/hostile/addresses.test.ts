import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readAddress, readCidr, readMac } from '../../src/address.ts';
import { Random } from './random.ts';

const SEED = Number(process.env.NETWRIGHT_SEED ?? 1);

/** What a network namespace of its own shows after these lines of `ip -batch`; one that fails ends the test. */
function kernel(family: string, lines: readonly string[], show: string): Record<string, unknown>[] {
  const script = `ip link add br0 type bridge && ip ${family} -batch - && exec ip ${family} -j ${show}`;
  const options = { input: lines.join('\n'), maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' } as const;
  return JSON.parse(execFileSync('unshare', ['--net', 'sh', '-euc', script], options)) as Record<string, unknown>[];
}

const hex = (random: Random, most: number): string => random.below(most).toString(16);

const v4 = (random: Random): string =>
  Array.from({ length: 4 }, () => random.pick([0, 1, 10, 127, 192, 224, 255, random.below(256)])).join('.');

/** Groups with runs of zeros, as these are what is written in several ways. */
const v6 = (random: Random): string => {
  const groups = Array.from({ length: 8 }, () => (random.chance(2) ? '0' : hex(random, 65_536)));
  // An IPv4 address in IPv6's clothes is refused, and no address besides.
  groups[0] = random.pick(['fe80', '2001', 'fd00', 'ff02', '64', hex(random, 65_535)]);
  if (groups[0] === '0') groups[0] = '1';
  return groups.join(':');
};

/** The same address, written otherwise. */
function respelt(text: string, random: Random): string {
  switch (random.below(5)) {
    case 0:
      return text.toUpperCase();
    case 1:
      return text.replaceAll(/\b[0-9a-f]{1,3}\b/g, (group) => group.padStart(4, '0'));
    case 2:
      return text.replace(/(^|:)0(:0)+(:|$)/, '::');
    case 3:
      return text.replace(/:(\w+):(\w+)$/, (all, a: string, b: string) => {
        const [high, low] = [Number.parseInt(a, 16), Number.parseInt(b, 16)];
        return random.chance(3) ? `:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}` : all;
      });
    default:
      return text;
  }
}

const mac = (random: Random): string => Array.from({ length: 6 }, () => hex(random, 256).padStart(2, '0')).join(':');

const MARKS = [
  ...Array.from('0123456789abcdefABCDEFxg.:/%-+_ \t\n,[]\u0660\uff11'),
  '::',
  '0x',
  '00',
  '/0',
  '/128',
  '%lo',
  '1e1',
  'ffff',
  '::ffff:',
];
const ODD = [
  ...['010.0.0.9', '10.1', '1', '0x0a000001', '4294967295', '1.2.3.4/024', '1.2.3.4/33', '1.2.3.4/-1', '1.2.3.4/ 8'],
  ...[
    '1.2.3',
    '1.2.3.4.',
    '.1.2.3.4',
    '1..2.3',
    '1.2.3.4/8/8',
    '256.1.1.1',
    '1.2.3.4/255.0.0.0',
    'any',
    'all',
    'default',
  ],
  ...[
    '::',
    '::1',
    '::/0',
    '0.0.0.0/0',
    '::ffff:1.2.3.4',
    '::1.2.3.4',
    '64:ff9b::1.2.3.4',
    'fe80::1%lo',
    'fe80::1%1',
    '1::2::3',
  ],
  ...[
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::',
    '::2:3:4:5:6:7:8',
    '12345::',
    ':::',
    '[::1]',
    '1::/129',
    '1::/064',
  ],
  ...[
    '0:0:0:0:0:0:0:0',
    '2:42:ac:11:0:2',
    '02-42-ac-11-00-02',
    '0242.ac11.0002',
    '02:42:ac:11:00',
    'ff:ff:ff:ff:ff:ff',
    '00:00:00:00:00:00',
  ],
];

/** One letter more, less or other. */
function spoilt(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  return text.slice(0, at) + (random.chance(3) ? '' : random.pick(MARKS)) + text.slice(at + random.below(3));
}

/** Texts in three parts: right, nearly right, and anything. */
function texts(count: number, right: (random: Random) => string, random: Random): { good: string[]; bad: string[] } {
  const good = Array.from({ length: count / 2 }, () => right(random));
  const near = Array.from({ length: count / 2 - 500 }, () => spoilt(right(random), random));
  const any = Array.from({ length: 500 }, () =>
    Array.from({ length: random.below(12) }, () => random.pick(MARKS)).join(''),
  );
  return { good, bad: [...near, ...any, ...ODD] };
}

const withPrefix = (address: string, width: number, random: Random): string =>
  random.chance(2) ? `${address}/${random.below(width + 1)}` : address;

test.each([
  ['IPv4', 32, v4],
  ['IPv6', 128, (random: Random) => respelt(v6(random), random)],
])('what we accept of 8,000 texts of %s, the kernel reads as the same', (family, width, address) => {
  const random = new Random(SEED + width);
  const { good, bad } = texts(8000, (one) => withPrefix(address(one), width, one), random);
  const read = (text: string): string | undefined => readAddress(text) ?? readCidr(text);
  // The dotted spelling of IPv6 is the only one that we refuse.
  expect(good.filter((text) => read(text) === undefined && !(family === 'IPv6' && text.includes('.')))).toEqual([]);
  const accepted = [...new Set([...good, ...bad])].filter((text) => read(text)?.includes(':') === (family === 'IPv6'));
  // A rule takes any address and any prefix, with host bits and all, and only one of each priority.
  const option = family === 'IPv6' ? '-6' : '-4';
  const rules = kernel(
    option,
    accepted.map((text, index) => `rule add pref ${index + 1} from ${text} table 7`),
    'rule',
  );
  const seen = new Map(
    rules.map(({ priority, src, srclen }) => [
      priority,
      src === 'all' ? 'all' : `${src as string}/${(srclen as number | undefined) ?? width}`,
    ]),
  );
  const wanted = (text: string): string => {
    const own = read(text)!;
    return own.endsWith('/0') ? 'all' : own.includes('/') ? own : `${own}/${width}`;
  };
  expect(accepted.map((text, index) => [text, seen.get(index + 1)])).toEqual(
    accepted.map((text) => [text, wanted(text)]),
  );
  console.log(`${family}: ${good.length + bad.length} texts, ${accepted.length} different ones accepted`);
  expect(accepted.length).toBeGreaterThan(3000);
});

test('what we accept of 4,000 texts of MACs, the kernel reads as the same', () => {
  const random = new Random(SEED);
  const { good, bad } = texts(4000, (one) => (one.chance(2) ? mac(one) : mac(one).toUpperCase()), random);
  // A group address cannot be an interface's.
  expect(
    good.filter((text) => readMac(text) === undefined && (Number.parseInt(text.slice(0, 2), 16) & 1) === 0),
  ).toEqual([]);
  const accepted = [...new Set([...good, ...bad])].filter((text) => readMac(text) !== undefined);
  const address = (index: number): string => `10.9.${index >> 8}.${index & 255}`;
  const lines = accepted.map((text, index) => `neigh add ${address(index)} lladdr ${text} nud permanent dev br0`);
  const seen = new Map(kernel('-4', lines, 'neigh').map(({ dst, lladdr }) => [dst, lladdr]));
  expect(accepted.map((text, index) => [text, seen.get(address(index))])).toEqual(
    accepted.map((text) => [text, readMac(text)]),
  );
  console.log(`MAC: ${good.length + bad.length} texts, ${accepted.length} different ones accepted`);
  expect(accepted.length).toBeGreaterThan(900);
});
