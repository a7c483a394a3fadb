import { describe, expect, test } from 'vitest';
import { bridge, nw0, plan, plug } from './declare.ts';

const addresses = (assigned: ReturnType<typeof plan>): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(assigned).map(([key, value]) => [key, value.addresses]));

describe('allocation', () => {
  test("gives the article's containers address, MAC, IPv6 and gateways", () => {
    expect(plan([nw0], [plug('web', 'nw0'), plug('db', 'nw0')])).toEqual({
      'web/eth0': {
        addresses: ['172.30.5.1/16', '2001:db8:1::242:ac1e:501/64'],
        mac: '02:42:ac:1e:05:01',
        gateways: ['172.30.0.1', 'fe80::1'],
        notes: [],
      },
      'db/eth0': {
        addresses: ['172.30.5.2/16', '2001:db8:1::242:ac1e:502/64'],
        mac: '02:42:ac:1e:05:02',
        gateways: ['172.30.0.1', 'fe80::1'],
        notes: [],
      },
    });
  });

  test("without fixed_cidr comes from the bridge's first subnet, around its own address", () => {
    const plain = bridge('br', { addresses: ['10.0.0.1/29', '10.9.0.1/16', '2001:db8::1/64'] });
    expect(plan([plain], [plug('a', 'br')])['a/eth0']).toMatchObject({
      addresses: ['10.0.0.2/29', '2001:db8::242:a00:2/64'],
      gateways: ['10.0.0.1', '2001:db8::1'],
    });
  });

  test('takes both addresses of a /31 (RFC 3021)', () => {
    expect(plan([bridge('br', { addresses: ['10.0.0.1/31'] })], [plug('a', 'br')])['a/eth0']).toMatchObject({
      addresses: ['10.0.0.0/31'],
      gateways: ['10.0.0.1'],
    });
  });

  test('skips the outermost addresses of the subnet where the range touches them', () => {
    const edge = bridge('br', { addresses: ['10.0.0.9/24'], fixedCidr: '10.0.0.0/31' });
    expect(addresses(plan([edge], [plug('a', 'br')]))).toEqual({ 'a/eth0': ['10.0.0.1/24'] });
  });

  test('gives fixed addresses first, wherever they stand in the list', () => {
    const containers = [plug('a', 'nw0'), plug('b', 'nw0', { addresses: ['172.30.5.1'] }), plug('c', 'nw0')];
    expect(addresses(plan([nw0], containers))).toMatchObject({
      'a/eth0': ['172.30.5.2/16', '2001:db8:1::242:ac1e:502/64'],
      'b/eth0': ['172.30.5.1/16', '2001:db8:1::242:ac1e:501/64'],
      'c/eth0': ['172.30.5.3/16', '2001:db8:1::242:ac1e:503/64'],
    });
  });

  test('does not give away the address of a gateway that no task makes', () => {
    const plain = bridge('br', { addresses: ['10.0.0.254/24'] });
    const assigned = plan([plain], [plug('a', 'br', { gateways: ['10.0.0.1'] })]);
    expect(assigned['a/eth0']).toMatchObject({ addresses: ['10.0.0.2/24'], gateways: ['10.0.0.1'] });
  });

  test('is left out on a segment without addresses', () => {
    const { addresses, mac, gateways } = plan([bridge('br')], [plug('a', 'br')])['a/eth0']!;
    expect({ addresses, gateways }).toEqual({ addresses: [], gateways: [] });
    expect(mac).toMatch(/^02:42:/);
  });

  test('uses no link-local subnet for containers', () => {
    const plain = bridge('br', { addresses: ['fe80::1/64'] });
    expect(plan([plain], [plug('a', 'br')])['a/eth0']).toMatchObject({ addresses: [], gateways: [] });
  });

  test('leaves point-to-point ends as they are', () => {
    const link = plug('r1/eth1', undefined, { addresses: ['10.1.1.1/32', '2001:db8::1'] });
    expect(plan([nw0], [link])['r1/eth1']).toEqual({
      addresses: ['10.1.1.1/32', '2001:db8::1/128'],
      mac: '02:42:0a:01:01:01',
      gateways: [],
      notes: [],
    });
  });
});

describe('held addresses', () => {
  test('are kept, and the lowest free ones go to the others', () => {
    const held = { 'b/eth0': ['172.30.5.1/16', '2001:db8:1::242:ac1e:501/64'] };
    expect(addresses(plan([nw0], [plug('a', 'nw0'), plug('b', 'nw0')], held))).toMatchObject({
      'a/eth0': ['172.30.5.2/16', '2001:db8:1::242:ac1e:502/64'],
      'b/eth0': ['172.30.5.1/16', '2001:db8:1::242:ac1e:501/64'],
    });
  });

  test('outside the range are dropped with a remark', () => {
    const assigned = plan([nw0], [plug('a', 'nw0')], { 'a/eth0': ['172.30.6.7/16'] });
    expect(assigned['a/eth0']).toMatchObject({
      addresses: ['172.30.5.1/16', '2001:db8:1::242:ac1e:501/64'],
      notes: ['had 172.30.6.7, which does not fit into 172.30.5.0/24 now'],
    });
  });

  test('yield to a fixed address with a remark', () => {
    const containers = [plug('a', 'nw0'), plug('b', 'nw0', { addresses: ['172.30.5.1/16'] })];
    expect(plan([nw0], containers, { 'a/eth0': ['172.30.5.1'] })['a/eth0']).toMatchObject({
      addresses: ['172.30.5.2/16', '2001:db8:1::242:ac1e:502/64'],
      notes: ['had 172.30.5.1, which is taken now'],
    });
  });

  test('of a container that left the playbook are the last to be given again', () => {
    const small = bridge('br', { addresses: ['10.0.0.1/29'] });
    const held = { 'gone/eth0': ['10.0.0.2/29'] };
    const containers = ['a', 'b', 'c', 'd', 'e'].map((name) => plug(name, 'br'));
    expect(addresses(plan([small], containers, held))).toEqual({
      'a/eth0': ['10.0.0.3/29'],
      'b/eth0': ['10.0.0.4/29'],
      'c/eth0': ['10.0.0.5/29'],
      'd/eth0': ['10.0.0.6/29'],
      'e/eth0': ['10.0.0.2/29'],
    });
  });

  test('of IPv6 follow the MAC', () => {
    const moved = plug('a', 'nw0', { addresses: ['172.30.5.9/16'] });
    const held = { 'a/eth0': ['172.30.5.1/16', '2001:db8:1::242:ac1e:501/64'] };
    expect(plan([nw0], [moved], held)['a/eth0']!.addresses).toEqual(['172.30.5.9/16', '2001:db8:1::242:ac1e:509/64']);
  });

  test('that are no addresses are ignored', () => {
    const held = { 'a/eth0': ['', 'x/24', '010.0.0.1', '172.30.5.4'] };
    expect(plan([nw0], [plug('a', 'nw0')], held)['a/eth0']!.addresses[0]).toBe('172.30.5.4/16');
  });
});

describe('IPv6', () => {
  test("in the article's /125 is the lowest free address, never the first, with a note", () => {
    const small = bridge('br', { fixedCidrV6: '2001:db8::c008/125' });
    const assigned = plan([small], [plug('a', 'br'), plug('b', 'br')], { 'b/eth0': ['2001:db8::c009/125'] });
    const notes = ['IPv6 does not end with the MAC: 2001:db8::c008/125 leaves 3 bits, a MAC has 48'];
    expect(assigned['a/eth0']).toMatchObject({ addresses: ['2001:db8::c00a/125'], gateways: ['fe80::1'], notes });
    expect(assigned['b/eth0']).toMatchObject({ addresses: ['2001:db8::c009/125'], notes });
  });

  test('alone ends with a MAC from a hash', () => {
    const six = bridge('br', { fixedCidrV6: '2001:db8:2::/80' });
    const { addresses, mac } = plan([six], [plug('a', 'br')])['a/eth0']!;
    const words = mac.split(':');
    const tail = [0, 2, 4]
      .map((index) => Number.parseInt(words[index]! + words[index + 1]!, 16).toString(16))
      .join(':');
    expect(addresses).toEqual([`2001:db8:2::${tail}/80`]);
  });

  test('ends with an explicit MAC', () => {
    const own = plug('a', 'nw0', { mac: '52:54:00:00:00:01' });
    expect(plan([nw0], [own])['a/eth0']).toMatchObject({
      addresses: ['172.30.5.1/16', '2001:db8:1::5254:0:1/64'],
      mac: '52:54:00:00:00:01',
    });
  });

  test('is counted where somebody has fixed the address of the MAC, and stays so', () => {
    const thief = plug('b', 'nw0', { addresses: ['2001:db8:1::242:ac1e:501'] });
    const first = plan([nw0], [plug('a', 'nw0'), thief]);
    expect(first['a/eth0']).toMatchObject({
      addresses: ['172.30.5.1/16', '2001:db8:1::1/64'],
      notes: ['IPv6 does not end with the MAC: that address is taken'],
    });
    const later = plan([nw0], [plug('a', 'nw0')], { 'a/eth0': first['a/eth0']!.addresses });
    expect(later['a/eth0']!.addresses).toEqual(first['a/eth0']!.addresses);
  });
});

test('a MAC that somebody has fixed is not made again from the address', () => {
  const thief = plug('b', 'nw0', { mac: '02:42:ac:1e:05:01' });
  const { mac, notes } = plan([nw0], [plug('a', 'nw0'), thief])['a/eth0']!;
  expect(mac).not.toBe('02:42:ac:1e:05:01');
  expect(notes).toEqual(['MAC is not made from 172.30.5.1/16: 02:42:ac:1e:05:01 is taken']);
});

test('a MAC from a hash stays as long as an IPv6 address ends with it', () => {
  const first = plan([nw0], [plug('a', 'nw0'), plug('b', 'nw0', { mac: '02:42:ac:1e:05:01' })])['a/eth0']!;
  const later = plan([nw0], [plug('a', 'nw0')], { 'a/eth0': first.addresses })['a/eth0']!;
  expect(later).toMatchObject({ addresses: first.addresses, mac: first.mac });
  expect(later.notes).toEqual(['MAC is not made from 172.30.5.1/16: its IPv6 address ends with another']);
});

describe('gateways', () => {
  const other = bridge('nw1', { addresses: ['10.1.0.1/24', '2001:db8:9::1/64'] });

  test('come from the first attachment that has one, for each family', () => {
    const four = bridge('four', { addresses: ['10.4.0.1/24'] });
    const assigned = plan([four, other], [plug('a/eth0', 'four'), plug('a/eth1', 'nw1'), plug('b/eth0', 'nw1')]);
    expect(assigned['a/eth0']!.gateways).toEqual(['10.4.0.1']);
    expect(assigned['a/eth1']!.gateways).toEqual(['2001:db8:9::1']);
    expect(assigned['b/eth0']!.gateways).toEqual(['10.1.0.1', '2001:db8:9::1']);
  });

  test('that come too late are remarked when somebody wrote them', () => {
    const assigned = plan([nw0, other], [plug('a/eth0', 'nw0'), plug('a/eth1', 'nw1', { gateways: ['10.1.0.9'] })]);
    expect(assigned['a/eth1']).toMatchObject({
      gateways: [],
      notes: ['gateway 10.1.0.9 is not used: eth0 has the IPv4 default route'],
    });
  });

  test('are not wanted with none, and the next attachment has its chance', () => {
    const assigned = plan([nw0, other], [plug('a/eth0', 'nw0', { gateways: 'none' }), plug('a/eth1', 'nw1')]);
    expect(assigned['a/eth0']!.gateways).toEqual([]);
    expect(assigned['a/eth1']!.gateways).toEqual(['10.1.0.1', '2001:db8:9::1']);
  });

  test('of the other family stay when one is written', () => {
    const assigned = plan([nw0], [plug('a', 'nw0', { gateways: ['172.30.0.9'] })]);
    expect(assigned['a/eth0']!.gateways).toEqual(['172.30.0.9', 'fe80::1']);
  });

  test('out of reach of a fixed address are left out, and the plan says that the address is', () => {
    const stray = plug('a', 'nw1', { addresses: ['192.0.2.5/24'] });
    expect(plan([other], [stray])['a/eth0']).toMatchObject({
      gateways: ['2001:db8:9::1'],
      notes: ['192.0.2.5/24 is in no subnet of nw1'],
    });
  });

  test('out of reach are used with onlink', () => {
    const stray = plug('a', 'nw1', { addresses: ['192.0.2.5/32'], onlink: true });
    expect(plan([other], [stray])['a/eth0']!.gateways).toEqual(['10.1.0.1', '2001:db8:9::1']);
  });
});
