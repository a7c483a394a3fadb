import { describe, expect, test } from 'vitest';
import { bridge, complaints, nw0, plug, sentence } from './declare.ts';

test("the article's network has no problem", () => {
  expect(complaints([nw0], [plug('web', 'nw0'), plug('db', 'nw0')])).toEqual([]);
});

describe('ranges', () => {
  test('fixed_cidr lies inside a subnet of the bridge', () => {
    const outside = bridge('br', { addresses: ['172.30.0.1/16'], fixedCidr: '172.31.0.0/24' });
    expect(complaints([outside])).toEqual(['FIXED_CIDR_OUTSIDE br fixed_cidr']);
    expect(sentence([outside])).toBe(
      'fixed_cidr 172.31.0.0/24 is not inside 172.30.0.0/16; use a network such as 172.30.0.0/24',
    );
    const wider = bridge('br', { addresses: ['172.30.0.1/16'], fixedCidr: '172.16.0.0/12' });
    expect(sentence([wider])).toBe(
      'fixed_cidr 172.16.0.0/12 is not inside 172.30.0.0/16; use a network such as 172.30.0.0/16',
    );
    const second = bridge('br', { addresses: ['10.0.0.1/24', '172.30.0.1/16'], fixedCidr: '172.30.5.0/24' });
    expect(complaints([second])).toEqual([]);
  });

  test('fixed_cidr needs a subnet of the bridge, fixed_cidr_v6 stands alone', () => {
    const bare = bridge('br', { addresses: ['2001:db8::1/64'], fixedCidr: '172.30.5.0/24' });
    expect(complaints([bare])).toEqual(['FIXED_CIDR_WITHOUT_SUBNET br fixed_cidr']);
    expect(sentence([bare])).toContain('give br an address such as 172.30.5.1/24');
    expect(complaints([bridge('br', { fixedCidrV6: '2001:db8:1::/64' })])).toEqual([]);
    expect(complaints([bridge('br', { addresses: ['fd00::1/64'], fixedCidrV6: '2001:db8:1::/64' })])).toEqual([]);
  });

  test('host bits are refused with the network that was meant', () => {
    const bits = bridge('br', {
      addresses: ['172.30.0.1/16'],
      fixedCidr: '172.30.5.1/24',
      fixedCidrV6: '2001:db8:1::1/64',
    });
    expect(complaints([bits])).toEqual(['HOST_BITS br fixed_cidr', 'HOST_BITS br fixed_cidr_v6']);
    expect(sentence([bits])).toContain('did you mean 172.30.5.0/24?');
    expect(sentence([bits])).toContain('did you mean 2001:db8:1::/64?');
  });

  test('each family has its own option', () => {
    const swapped = bridge('br', { fixedCidr: '2001:db8:1::/64', fixedCidrV6: '10.0.0.0/24' });
    expect(complaints([swapped], [plug('a', 'br')])).toEqual([
      'WRONG_FAMILY br fixed_cidr',
      'WRONG_FAMILY br fixed_cidr_v6',
    ]);
  });

  test.each(['fe80::/64', 'ff00::/8'])('%s is no range for containers', (fixedCidrV6) => {
    expect(complaints([bridge('br', { fixedCidrV6 })])).toEqual(['UNUSABLE_ADDRESS br fixed_cidr_v6']);
  });

  test('a range has an address for every attachment', () => {
    const small = bridge('br', { addresses: ['10.0.0.1/24'], fixedCidr: '10.0.0.8/30' });
    const containers = ['a', 'b', 'c', 'd'].map((name) => plug(name, 'br'));
    expect(complaints([small], containers.slice(0, 2))).toEqual([]);
    expect(complaints([small], containers)).toEqual(['POOL_EXHAUSTED br fixed_cidr, c networks.0']);
    expect(sentence([small], containers)).toBe(
      'fixed_cidr 10.0.0.8/30 of br has free addresses for 2 of 4 attachments; use a larger range (a /29 holds them) or fewer attachments',
    );
  });

  test('a subnet or an IPv6 range can be exhausted too', () => {
    const containers = ['a', 'b'].map((name) => plug(name, 'br'));
    expect(complaints([bridge('br', { addresses: ['10.0.0.1/30'] })], containers)).toEqual([
      'POOL_EXHAUSTED br address, b networks.0',
    ]);
    expect(complaints([bridge('br', { fixedCidrV6: '2001:db8::c008/126' })], [...containers, plug('c', 'br')])).toEqual(
      [],
    );
    expect(complaints([bridge('br', { fixedCidrV6: '2001:db8::c008/128' })], containers)).toEqual([
      'POOL_EXHAUSTED br fixed_cidr_v6, b networks.0',
    ]);
  });
});

describe('subnets', () => {
  test('overlap on one bridge only as one and the same', () => {
    expect(complaints([bridge('br', { addresses: ['10.0.0.1/16', '10.0.5.1/24'] })])).toEqual([
      'SUBNET_OVERLAP br address.1, br address.0',
    ]);
    expect(complaints([bridge('br', { addresses: ['10.0.0.1/16', '10.0.0.2/16', '10.1.0.1/16'] })])).toEqual([]);
  });

  test('do not overlap on two bridges where the host has addresses', () => {
    const pair = (a: string, b: string) => [bridge('a', { addresses: [a] }), bridge('b', { addresses: [b] })];
    expect(complaints(pair('10.0.0.1/24', '10.0.0.2/24'))).toEqual(['ROUTE_CONFLICT b address.0, a address.0']);
    expect(complaints(pair('10.0.5.1/24', '10.0.0.1/16'))).toEqual(['ROUTE_CONFLICT a address.0, b address.0']);
    expect(complaints(pair('10.0.0.1/24', '10.0.1.1/24'))).toEqual([]);
    expect(complaints(pair('fe80::1/64', 'fe80::1/64'))).toEqual([]);
    expect(complaints(pair('0.0.0.5/0', '2001:db8::5/64'))).toEqual([]);
  });

  test('do not overlap as on-link routes of fixed_cidr_v6 either', () => {
    const pair = [
      bridge('a', { fixedCidrV6: '2001:db8:1::/64' }),
      bridge('b', { addresses: ['2001:db8:1:0:5::1/80'] }),
    ];
    expect(complaints(pair)).toEqual(['ROUTE_CONFLICT b address.0, a fixed_cidr_v6']);
  });

  test('repeat on bridges without an address of the host', () => {
    const same = (name: string) => plug(name, `br-${name}`, { addresses: ['10.0.0.1/24'], mac: '02:00:00:00:00:01' });
    expect(
      complaints([bridge('br-a', { addresses: ['10.0.0.9/24'] }), bridge('br-b')], [same('a'), same('b')]),
    ).toEqual([]);
  });

  test('conflicts are found among many, once for each', () => {
    const many = Array.from({ length: 200 }, (_, index) => bridge(`b${index}`, { addresses: [`10.${index}.0.1/16`] }));
    expect(complaints(many)).toEqual([]);
    expect(complaints([...many, bridge('wide', { addresses: ['10.0.0.2/8'] })])).toHaveLength(200);
  });
});

describe('duplicates', () => {
  test('an address is given once on a segment, with both places', () => {
    const twice = [plug('a', 'nw0', { addresses: ['172.30.5.9/16'] }), plug('b', 'nw0', { addresses: ['172.30.5.9'] })];
    expect(complaints([nw0], twice)).toEqual(['DUPLICATE_ADDRESS b networks.0.address.0, a networks.0.address.0']);
  });

  test("an address of the bridge is not a container's, fe80::1 included", () => {
    expect(complaints([nw0], [plug('a', 'nw0', { addresses: ['172.30.0.1'] })])).toEqual([
      'DUPLICATE_ADDRESS a networks.0.address.0, nw0 address.0',
    ]);
    expect(complaints([nw0], [plug('a', 'nw0', { addresses: ['fe80::1/64'] })])).toEqual([
      'DUPLICATE_ADDRESS a networks.0.address.0, nw0 fixed_cidr_v6',
    ]);
    expect(complaints([bridge('br', { addresses: ['fe80::1/64'], fixedCidrV6: '2001:db8:1::/64' })])).toEqual([]);
  });

  test('one interface has an address once', () => {
    expect(complaints([], [plug('a', undefined, { addresses: ['10.0.0.1/32', '10.0.0.1/24'] })])).toEqual([
      'DUPLICATE_ADDRESS a networks.0.address.1, a networks.0.address.0',
    ]);
  });

  test('links repeat addresses of each other', () => {
    const end = (where: string) => plug(where, undefined, { addresses: ['10.0.0.1/32'] });
    expect(complaints([], [end('r1/eth1'), end('r1/eth2')])).toEqual([]);
  });

  test('a MAC is given once on a segment', () => {
    const mac = '52:54:00:00:00:01';
    expect(complaints([nw0], [plug('a', 'nw0', { mac }), plug('b', 'nw0', { mac })])).toEqual([
      'DUPLICATE_MAC b networks.0.mac_address, a networks.0.mac_address',
    ]);
  });

  test('a container has an interface once', () => {
    expect(complaints([nw0], [plug('a', 'nw0'), plug('a', 'nw0')])).toEqual([
      'DUPLICATE_INTERFACE a networks.0, a networks.0',
    ]);
  });
});

describe('addresses', () => {
  test.each([
    ['172.30.0.0/16', 'NETWORK_ADDRESS'],
    ['172.30.255.255', 'NETWORK_ADDRESS'],
    ['172.30.255.255/32', 'NETWORK_ADDRESS'],
    ['172.30.7.0/24', 'NETWORK_ADDRESS'],
    ['2001:db8:1::', 'NETWORK_ADDRESS'],
    ['224.0.0.1/16', 'UNUSABLE_ADDRESS'],
    ['127.0.0.1/8', 'UNUSABLE_ADDRESS'],
    ['0.0.0.0/16', 'UNUSABLE_ADDRESS'],
    ['255.255.255.255/32', 'UNUSABLE_ADDRESS'],
    ['::1/128', 'UNUSABLE_ADDRESS'],
    ['ff02::1/64', 'UNUSABLE_ADDRESS'],
    ['172.31.0.1', 'ADDRESS_OUTSIDE'],
    ['2001:db8:2::1', 'ADDRESS_OUTSIDE'],
  ])('%s is refused as %s', (address, code) => {
    expect(complaints([nw0], [plug('a', 'nw0', { addresses: [address] })])).toEqual([`${code} a networks.0.address.0`]);
  });

  test.each([
    '172.30.5.0',
    '172.30.5.255',
    '172.31.0.1/16',
    '2001:db8:2::1/64',
    '2001:db8:1::5',
    'fe80::5',
    '10.0.0.0/31',
  ])('%s is a host address', (address) => {
    expect(complaints([nw0], [plug('a', 'nw0', { addresses: [address] })])).toEqual([]);
  });

  test('the bridge has no network address either', () => {
    expect(complaints([bridge('br', { addresses: ['172.30.0.0/16'] })])).toEqual(['NETWORK_ADDRESS br address.0']);
    expect(sentence([bridge('br', { addresses: ['2001:db8::/64'] })])).toBe(
      "2001:db8:: is the routers' anycast address of 2001:db8::/64; use an address such as 2001:db8::1/64",
    );
  });
});

describe('gateways', () => {
  const gateways = (...list: string[]) => [plug('a', 'nw0', { gateways: list })];

  test.each(['172.30.0.9', 'fe80::9', '2001:db8:1::9'])('%s is in reach', (gateway) => {
    expect(complaints([nw0], gateways(gateway))).toEqual([]);
  });

  test.each([
    ['172.31.0.1', 'GATEWAY_OUTSIDE'],
    ['2001:db8:2::1', 'GATEWAY_OUTSIDE'],
    ['169.254.1.1', 'GATEWAY_OUTSIDE'],
    ['172.30.255.255', 'NETWORK_ADDRESS'],
    ['224.0.0.1', 'UNUSABLE_ADDRESS'],
  ])('%s is refused as %s', (gateway, code) => {
    expect(complaints([nw0], gateways(gateway))).toEqual([`${code} a networks.0.gateway.0`]);
  });

  test('outside need onlink', () => {
    expect(sentence([nw0], gateways('172.31.0.1'))).toBe(
      'gateway 172.31.0.1 is out of reach of eth0: not inside 172.30.0.0/16; use one such as 172.30.0.1, or say `onlink: true` if it is on this link',
    );
    expect(complaints([nw0], [plug('a', 'nw0', { gateways: ['172.31.0.1'], onlink: true })])).toEqual([]);
  });

  test('are measured by the fixed address, not by the bridge', () => {
    const single = plug('a', 'nw0', { addresses: ['172.30.5.9/32'], gateways: ['172.30.0.1'] });
    expect(complaints([nw0], [single])).toEqual(['GATEWAY_OUTSIDE a networks.0.gateway.0']);
    const stray = plug('a', 'nw0', { addresses: ['192.0.2.5/24'], gateways: ['192.0.2.1'] });
    expect(complaints([nw0], [stray])).toEqual([]);
  });

  test('are one per family, and not the interface itself', () => {
    expect(complaints([nw0], gateways('172.30.0.1', '172.30.0.2'))).toEqual(['TWO_GATEWAYS a networks.0.gateway.1']);
    const own = plug('a', 'nw0', { addresses: ['172.30.5.9/16'], gateways: ['172.30.5.9'] });
    expect(complaints([nw0], [own])).toEqual(['GATEWAY_OWN a networks.0.gateway.0']);
  });
});
