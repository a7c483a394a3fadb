import { describe, expect, test } from 'vitest';
import { assignAddresses, sharedOf, sharedTwice } from '../../src/topology.ts';
import type { Attachment, Located, Segment } from '../../src/topology.ts';
import { bridge, plug } from './declare.ts';

/** What two hosts with the same tasks, or the second with others, have twice on segments that they share. */
function twice(segments: Located<Segment>[], attachments: Located<Attachment>[], second = segments): string[] {
  const of = (host: string, some: Located<Segment>[]) =>
    sharedOf(host, some, attachments, assignAddresses('lab', some, attachments, new Map(), host).assigned);
  return sharedTwice([...of('h1', segments), ...of('h2', second)]).map(({ message }) => message);
}

const span = (options: Partial<Segment>): Located<Segment> => bridge('nw0', { span: 'site', ...options });

describe('on a segment that spans two hosts', () => {
  test('nobody has an address that somebody of the other host has', () => {
    const one = span({ addresses: ['10.0.1.1/16'], fixedCidr: '10.0.1.0/24' });
    expect(twice([one], [plug('web', 'nw0')])).toEqual([
      '10.0.1.1 of nw0 on h2 is given to nw0 on h1, and nw0 spans site',
      '10.0.1.2 of web eth0 on h2 is given to web eth0 on h1, and nw0 spans site',
      '02:42:0a:00:01:02 of web eth0 on h2 is given to web eth0 on h1, and nw0 spans site',
    ]);
    const other = span({ addresses: ['10.0.2.1/16'], fixedCidr: '10.0.2.0/24' });
    expect(twice([one], [plug('web', 'nw0')], [other])).toEqual([]);
  });

  test('containers of the same name have MACs of their own where no IPv4 address gives them one', () => {
    const six = span({ fixedCidrV6: '2001:db8::/64' });
    expect(twice([six], [plug('web', 'nw0')])).toEqual([]);
    expect(twice([six], [plug('web', 'nw0', { mac: '02:00:00:00:00:01' })])).toEqual([
      '2001:db8::200:0:1 of web eth0 on h2 is given to web eth0 on h1, and nw0 spans site',
      '02:00:00:00:00:01 of web eth0 on h2 is given to web eth0 on h1, and nw0 spans site',
    ]);
  });

  test('and on other segments hosts may have what they like', () => {
    const own = bridge('nw0', { addresses: ['10.0.1.1/16'] });
    expect(twice([own], [plug('web', 'nw0')])).toEqual([]);
  });
});
