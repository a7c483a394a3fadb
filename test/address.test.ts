import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  addressOf,
  compareAddresses,
  contains,
  countSubnets,
  familyOf,
  fromBigInt,
  hostAt,
  hostEndName,
  ipv6FromMac,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isNetworkOrBroadcast,
  isUnspecified,
  linkGroup,
  linkLocalOf,
  macFromHash,
  macOfHostEnd,
  macFromIPv4,
  networkOf,
  overlaps,
  prefixOf,
  readAddress,
  readCidr,
  readMac,
  readNetwork,
  splitNetwork,
  toBigInt,
} from '../src/address.ts';

const anyAddress = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }).map((number) => fromBigInt(4, number)),
  fc.bigInt({ min: 1n << 48n, max: (1n << 128n) - 1n }).map((number) => fromBigInt(6, number)),
);
const anyCidr = anyAddress.chain((address) =>
  fc.integer({ min: 0, max: familyOf(address) === 4 ? 32 : 128 }).map((prefix) => `${address}/${prefix}`),
);

describe('reading', () => {
  test.each([
    ['172.30.0.1', '172.30.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:1:0:0:242:ac11:3', '2001:db8:1::242:ac11:3'],
    ['2001:db8::0', '2001:db8::'],
    // RFC 5952, 4.2.2: a single zero group is not shortened; 4.2.3: the longest run is, and the first of equals.
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['fe80::1', 'fe80::1'],
  ])('%s is %s', (text, canonical) => {
    expect(readAddress(text)).toBe(canonical);
  });

  test.each([
    ['octal', '010.0.0.1'],
    ['octal in the last byte', '10.0.0.011'],
    ['a byte of zeros', '10.00.0.1'],
    ['two parts', '10.1'],
    ['three parts', '10.1.1'],
    ['one number', '167772161'],
    ['hexadecimal', '0x0a.0.0.1'],
    ['hexadecimal as a whole', '0x0a000001'],
    ['a byte too large', '10.0.0.256'],
    ['five parts', '10.0.0.1.1'],
    ['an empty part', '10..0.1'],
    ['a dot at the end', '10.0.0.1.'],
    ['a space before', ' 10.0.0.1'],
    ['a space after', '10.0.0.1 '],
    ['a line end', '10.0.0.1\n'],
    ['a NUL', '10.0.0.1\0'],
    ['a sign', '+10.0.0.1'],
    ['a negative byte', '10.0.0.-1'],
    ['digits of another script', '١٠.0.0.1'],
    ['full-width digits', '１0.0.0.1'],
    ['an option', '-10.0.0.1'],
    ['a prefix', '10.0.0.1/24'],
    ['a zone id', 'fe80::1%eth0'],
    ['an empty zone id', 'fe80::1%'],
    ['brackets', '[2001:db8::1]'],
    ['two elisions', '2001::db8::1'],
    ['three colons', '2001:db8:::1'],
    ['nine groups', '1:2:3:4:5:6:7:8:9'],
    ['seven groups', '1:2:3:4:5:6:7'],
    ['five digits in a group', '2001:0db80::1'],
    ['no hexadecimal digit', '2001:dbg::1'],
    ['IPv4-mapped', '::ffff:10.0.0.1'],
    ['IPv4-mapped without dots', '::ffff:a00:1'],
    ['IPv4-mapped in full', '0:0:0:0:0:ffff:a00:1'],
    ['IPv4-compatible', '::10.0.0.1'],
    ['IPv4-compatible without dots', '::a00:1'],
    ['dots at the end of any IPv6', '2001:db8::10.0.0.1'],
    ['NAT64 with dots', '64:ff9b::192.0.2.1'],
    ['nothing', ''],
    ['a name', 'localhost'],
    ['a wildcard', '10.0.0.*'],
    ['a URL', 'http://10.0.0.1'],
  ])('%s is refused', (_, text) => {
    expect(readAddress(text)).toBeUndefined();
    expect(readCidr(`${text}/24`)).toBeUndefined();
  });

  test.each([
    ['172.30.0.1/16', '172.30.0.1/16'],
    ['2001:DB8::/64', '2001:db8::/64'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8::1/128', '2001:db8::1/128'],
  ])('the CIDR %s is %s', (text, canonical) => {
    expect(readCidr(text)).toBe(canonical);
  });

  test.each([
    '10.0.0.1',
    '10.0.0.1/',
    '10.0.0.1/024',
    '10.0.0.1/00',
    '10.0.0.1/33',
    '10.0.0.1/-1',
    '10.0.0.1/+8',
    '10.0.0.1/8.0',
    '10.0.0.1/1e1',
    '10.0.0.1/0x8',
    '10.0.0.1/255.255.255.0',
    '10.0.0.1/24/24',
    '10.0.0.1/ 24',
    '10.0.0.1/24\n',
    '2001:db8::1/129',
    '2001:db8::1/064',
  ])('%j is no CIDR', (text) => {
    expect(readCidr(text)).toBeUndefined();
  });

  test('a network has no host bits', () => {
    expect(readNetwork('172.30.5.0/24')).toBe('172.30.5.0/24');
    expect(readNetwork('172.30.5.1/24')).toBeUndefined();
    expect(readNetwork('2001:DB8:1::/64')).toBe('2001:db8:1::/64');
    expect(readNetwork('2001:db8:1::1/64')).toBeUndefined();
    expect(readNetwork('172.30.5.0')).toBeUndefined();
  });

  test('what was read is read again as itself, and is an address to Node too', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (text) => {
        const canonical = readAddress(text);
        if (canonical === undefined) return;
        expect(readAddress(canonical)).toBe(canonical);
        expect(readAddress(canonical.toUpperCase())).toBe(canonical);
        expect(isIP(canonical)).toBe(familyOf(canonical));
      }),
    );
  });

  test('a number and its text are the same address', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(fromBigInt(familyOf(address), toBigInt(address))).toBe(address);
        expect(readAddress(address)).toBe(address);
      }),
    );
    expect(() => fromBigInt(4, 1n << 32n)).toThrow(RangeError);
    expect(() => fromBigInt(6, -1n)).toThrow(RangeError);
  });
});

describe('networks', () => {
  test('parts of a CIDR', () => {
    expect(addressOf('172.30.5.1/16')).toBe('172.30.5.1');
    expect(addressOf('fe80::1')).toBe('fe80::1');
    expect(prefixOf('172.30.5.1/16')).toBe(16);
    expect(prefixOf('172.30.5.1')).toBe(32);
    expect(prefixOf('fe80::1')).toBe(128);
    expect(networkOf('172.30.5.1/16')).toBe('172.30.0.0/16');
    expect(networkOf('255.255.255.255/0')).toBe('0.0.0.0/0');
    expect(networkOf('2001:db8:1::242:ac1e:501/64')).toBe('2001:db8:1::/64');
  });

  test('an address is in its own network, which is a network', () => {
    fc.assert(
      fc.property(anyCidr, (cidr) => {
        const network = networkOf(cidr);
        expect(readNetwork(network)).toBe(network);
        expect(contains(network, addressOf(cidr))).toBe(true);
        expect(contains(network, cidr)).toBe(true);
        expect(overlaps(cidr, network)).toBe(true);
      }),
    );
  });

  test('containment goes one way, overlap both, and never across families', () => {
    expect(contains('172.30.0.0/16', '172.30.5.0/24')).toBe(true);
    expect(contains('172.30.5.0/24', '172.30.0.0/16')).toBe(false);
    expect(overlaps('172.30.5.0/24', '172.30.0.0/16')).toBe(true);
    expect(overlaps('172.30.5.0/24', '172.30.6.0/24')).toBe(false);
    expect(contains('0.0.0.0/0', '2001:db8::1')).toBe(false);
    expect(contains('::/0', '10.0.0.1')).toBe(false);
    expect(overlaps('::/0', '0.0.0.0/0')).toBe(false);
  });

  test('kinds of addresses', () => {
    expect(['fe80::1', 'febf::1/64', '169.254.1.1'].every(isLinkLocal)).toBe(true);
    expect(['fec0::1', '169.255.0.1', '10.0.0.1'].some(isLinkLocal)).toBe(false);
    expect(['ff02::1', '224.0.0.1', '239.255.255.255/4'].every(isMulticast)).toBe(true);
    expect(['fe80::1', '240.0.0.1', '223.255.255.255'].some(isMulticast)).toBe(false);
    expect(['::1', '127.0.0.1', '127.255.0.1/8'].every(isLoopback)).toBe(true);
    expect(['::2', '128.0.0.1'].some(isLoopback)).toBe(false);
    expect(['::', '0.0.0.0', '0.0.0.0/8'].every(isUnspecified)).toBe(true);
    expect(['::1', '0.0.0.1'].some(isUnspecified)).toBe(false);
  });

  test.each([
    ['172.30.0.0/16', true],
    ['172.30.255.255/16', true],
    ['172.30.5.0/16', false],
    ['10.0.0.0/30', true],
    ['10.0.0.3/30', true],
    ['10.0.0.0/31', false],
    ['10.0.0.1/31', false],
    ['10.0.0.0/32', false],
    ['2001:db8::/64', false],
  ])('%s is a network or broadcast address: %s', (cidr, answer) => {
    expect(isNetworkOrBroadcast(cidr)).toBe(answer);
  });

  test('addresses sort by family, number and prefix', () => {
    const sorted = [
      '9.0.0.1',
      '10.0.0.0/8',
      '10.0.0.0/24',
      '10.0.0.2',
      '10.0.0.10',
      '::1',
      '2001:db8::',
      '2001:db8::a',
    ];
    expect(sorted.toReversed().sort(compareAddresses)).toEqual(sorted);
  });

  test("the article's /68 splits into 4096 networks of /80", () => {
    expect(countSubnets('fd00:1:2:3:4000::/68', 80)).toBe(4096);
    expect(splitNetwork('fd00:1:2:3:4000::/68', 80, 0)).toBe('fd00:1:2:3:4000::/80');
    expect(splitNetwork('fd00:1:2:3:4000::/68', 80, 4095)).toBe('fd00:1:2:3:4fff::/80');
    expect(splitNetwork('fd00:1:2:3:4000::/68', 80, 4096)).toBeUndefined();
    expect(splitNetwork('fd00:1:2:3:4000::/68', 80, -1)).toBeUndefined();
    expect(splitNetwork('10.0.0.0/24', 16, 0)).toBeUndefined();
    expect(splitNetwork('10.0.0.0/24', 33, 0)).toBeUndefined();
    expect(splitNetwork('10.0.0.0/24', 24, 0)).toBe('10.0.0.0/24');
    expect(countSubnets('::/0', 128)).toBe(2 ** 128);
    expect(countSubnets('10.0.0.0/24', 16)).toBe(0);
  });

  test('a host is counted from either end and never outside', () => {
    expect(hostAt('172.20.1.0/24', 0)).toBe('172.20.1.0');
    expect(hostAt('172.20.1.0/24', 10)).toBe('172.20.1.10');
    expect(hostAt('172.20.1.0/24', -1)).toBe('172.20.1.255');
    expect(hostAt('172.20.1.0/24', 256)).toBeUndefined();
    expect(hostAt('172.20.1.0/24', -257)).toBeUndefined();
    expect(hostAt('2001:db8::/64', 0xffffn)).toBe('2001:db8::ffff');
  });
});

describe('MACs', () => {
  test("are made from an IPv4 address as in Docker's article", () => {
    expect(macFromIPv4('172.17.0.0')).toBe('02:42:ac:11:00:00');
    expect(macFromIPv4('172.17.255.255')).toBe('02:42:ac:11:ff:ff');
    expect(macFromIPv4('172.30.5.1/16')).toBe('02:42:ac:1e:05:01');
  });

  test.each([
    ['02:42:ac:11:00:02', 'fe80::42:acff:fe11:2'],
    ['00:00:00:00:00:01', 'fe80::200:ff:fe00:1'],
    ['fe:ff:0a:00:00:01', 'fe80::fcff:aff:fe00:1'],
  ])('the link-local address of %s is %s', (mac, address) => {
    expect(linkLocalOf(mac)).toBe(address);
  });

  test('of the end in a bridge are high, and no other end has them', () => {
    expect(macOfHostEnd('02:42:ac:1e:05:09')).toBe('fe:ff:ac:1e:05:09');
    const given = ['02:42:00:00:00:07', '02:aa:00:00:00:07', 'fe:ff:00:00:00:09', 'fe:42:00:00:00:07'];
    const ends = given.map(macOfHostEnd);
    expect(new Set([...given, ...ends]).size).toBe(2 * given.length);
    for (const mac of ends) expect([mac.startsWith('fe:ff:'), readMac(mac)]).toEqual([true, mac]);
  });

  test('end an IPv6 address where they fit', () => {
    expect(ipv6FromMac('2001:db8:1::/64', '02:42:ac:1e:05:01')).toBe('2001:db8:1::242:ac1e:501');
    expect(ipv6FromMac('2001:db8:23:42:1::/80', '02:42:ac:11:00:03')).toBe('2001:db8:23:42:1:242:ac11:3');
    expect(() => ipv6FromMac('2001:db8::/81', '02:42:ac:11:00:03')).toThrow(RangeError);
    expect(() => ipv6FromMac('10.0.0.0/8', '02:42:ac:11:00:03')).toThrow(RangeError);
  });

  test('are read in lower case', () => {
    expect(readMac('02:42:AC:1E:05:09')).toBe('02:42:ac:1e:05:09');
    expect(readMac('52:54:00:00:00:01')).toBe('52:54:00:00:00:01');
  });

  test.each([
    ['broadcast', 'ff:ff:ff:ff:ff:ff'],
    ['multicast', '01:00:5e:00:00:01'],
    ['zero', '00:00:00:00:00:00'],
    ['hyphens', '02-42-ac-1e-05-09'],
    ['dots', '0242.ac1e.0509'],
    ['five bytes', '02:42:ac:1e:05'],
    ['seven bytes', '02:42:ac:1e:05:09:01'],
    ['one digit', '2:42:ac:1e:05:09'],
    ['a line end', '02:42:ac:1e:05:09\n'],
    ['no hexadecimal digit', '02:42:ac:1e:05:0g'],
  ])('with %s are refused', (_, text) => {
    expect(readMac(text)).toBeUndefined();
  });

  test('from a hash are always readable', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        expect(readMac(macFromHash(seed))).toBe(macFromHash(seed));
        expect(macFromHash(seed)).toMatch(/^02:42:/);
      }),
    );
  });
});

describe('names from hashes', () => {
  test('never change from one version to the next, because hosts remember them', () => {
    expect(linkGroup('quickstart')).toBe(889153392);
    expect(hostEndName('quickstart', 'web', 'eth0')).toBe('nwx4xhso6qxirl');
    expect(macFromHash('quickstart/web/eth0')).toBe('02:42:04:88:a6:0e');
  });

  test('a link group has 31 bits and is never the default one', () => {
    fc.assert(
      fc.property(fc.string(), (lab) => {
        const group = linkGroup(lab);
        expect(Number.isInteger(group) && group > 0 && group < 2 ** 31).toBe(true);
      }),
    );
  });

  test('the host end of a veth has 14 bytes and a name of its own', () => {
    const names = ['a', 'b'].flatMap((lab) =>
      ['web', 'db'].flatMap((name) => ['eth0', 'eth1'].map((dev) => hostEndName(lab, name, dev))),
    );
    expect(new Set(names).size).toBe(8);
    for (const name of names) expect(name).toMatch(/^nw[a-z2-7]{12}$/);
  });
});
