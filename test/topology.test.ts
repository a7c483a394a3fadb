import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressOf, contains, familyOf, prefixOf } from '../src/address.ts';
import { assignAddresses, attachmentKey, checkTopology } from '../src/topology.ts';
import type { Assigned, Attachment, HeldAddresses, Located } from '../src/topology.ts';
import { bridge, nw0, plug } from './topology/declare.ts';

/** All kinds of ranges: MAC and counted IPv6, either family alone, a subnet without range. */
const SEGMENTS = [
  nw0,
  bridge('counted', { addresses: ['10.1.0.1/24'], fixedCidr: '10.1.0.64/26', fixedCidrV6: '2001:db8::c000/120' }),
  bridge('subnet', { addresses: ['10.2.0.1/24', 'fd00::1/64'] }),
  bridge('six', { fixedCidrV6: '2001:db8:6::/80' }),
];
const RANGES: Record<string, { 4?: string; 6?: string }> = {
  nw0: { 4: '172.30.5.0/24', 6: '2001:db8:1::/64' },
  counted: { 4: '10.1.0.64/26', 6: '2001:db8::c000/120' },
  subnet: { 4: '10.2.0.0/24', 6: 'fd00::/64' },
  six: { 6: '2001:db8:6::/80' },
};

const FIXED: Record<string, readonly string[]> = {
  nw0: ['172.30.5.1', '172.30.5.3/16', '172.30.9.9', '2001:db8:1::242:ac1e:502', '2001:db8:1::5/64'],
  counted: ['10.1.0.65', '10.1.0.2/24', '2001:db8::c001', '2001:db8::c003/120'],
  subnet: ['10.2.0.2', 'fd00::242:a02:3/64'],
  six: ['2001:db8:6::1'],
};

const attachment = (fixed: boolean) =>
  fc
    .record({
      segment: fc.constantFrom(...Object.keys(FIXED)),
      choice: fc.nat(4),
      mac: fc.option(fc.nat(9), { freq: 9 }),
    })
    .map(({ segment, choice, mac }) => (name: string) => {
      const addresses = fixed ? FIXED[segment]!.slice(choice, choice + 1) : [];
      return plug(name, segment, mac === null || !fixed ? { addresses } : { addresses, mac: `02:42:ac:1e:05:0${mac}` });
    });

/** Distinct containers; those that a playbook could not have, because two fix one address, are left out. */
const topology = (fixed: fc.Arbitrary<boolean>) =>
  fc.array(fixed.chain(attachment), { maxLength: 40 }).map((makers) => {
    const all: Located<Attachment>[] = [];
    for (const [index, make] of makers.entries()) {
      const next = make(`c${index}`);
      if (checkTopology(SEGMENTS, [...all, next]).length === 0) all.push(next);
    }
    return all;
  });
const mixed = topology(fc.boolean());
const free = topology(fc.constant(false));

const keyOf = ({ value }: Located<Attachment>): string => attachmentKey(value.container, value.interface);
const assign = (attachments: Located<Attachment>[], held: ReadonlyMap<string, HeldAddresses> = new Map()) =>
  assignAddresses('lab', SEGMENTS, attachments, held);
const heldBy = (assigned: ReadonlyMap<string, Assigned>): Map<string, HeldAddresses> =>
  new Map([...assigned].map(([key, { addresses }]) => [key, addresses]));

/** The ledger after a run of some other playbook: anything may be held. */
const anyHeld = fc
  .dictionary(
    fc.nat(40).map((index) => `c${index}/eth0`),
    fc.array(
      fc.constantFrom(
        '172.30.5.2/16',
        '172.30.5.7',
        '172.30.5.0',
        '10.1.0.66/24',
        '10.2.0.1',
        '2001:db8::c002/120',
        '2001:db8:1::7',
        'junk',
      ),
      { maxLength: 3 },
    ),
  )
  .map((record) => new Map(Object.entries(record)));

describe('an address plan', () => {
  test('gives every attachment of a segment its own addresses and MAC', () => {
    fc.assert(
      fc.property(mixed, anyHeld, (attachments, held) => {
        const { assigned, problems } = assign(attachments, held);
        expect(problems).toEqual([]);
        for (const segment of SEGMENTS) {
          const here = attachments.filter(({ value }) => value.segment === segment.value.name).map(keyOf);
          const addresses = [...segment.value.addresses, ...here.flatMap((key) => assigned.get(key)!.addresses)].map(
            addressOf,
          );
          expect(new Set(addresses).size).toBe(addresses.length);
          expect(new Set(here.map((key) => assigned.get(key)!.mac)).size).toBe(here.length);
        }
      }),
    );
  });

  test('keeps every allocated address inside its range, one per family that the segment has', () => {
    fc.assert(
      fc.property(mixed, anyHeld, (attachments, held) => {
        const { assigned } = assign(attachments, held);
        for (const { value } of attachments) {
          const { addresses } = assigned.get(attachmentKey(value.container, value.interface))!;
          for (const family of [4, 6] as const) {
            const range = RANGES[value.segment!]![family];
            const own = addresses.filter((cidr) => familyOf(cidr) === family);
            if (value.addresses.some((address) => familyOf(address) === family)) continue;
            expect(own).toHaveLength(range === undefined ? 0 : 1);
            if (range === undefined) continue;
            expect(contains(range, addressOf(own[0]!))).toBe(true);
            expect(addressOf(own[0]!)).not.toBe(addressOf(range));
            if (family === 6) expect(prefixOf(own[0]!)).toBe(prefixOf(range));
          }
        }
      }),
    );
  });

  test('is the same every time', () => {
    fc.assert(
      fc.property(mixed, anyHeld, (attachments, held) => {
        expect(assign(attachments, held)).toEqual(assign(structuredCloneOf(attachments), new Map(held)));
      }),
    );
  });

  test('is the same again when it is held', () => {
    fc.assert(
      fc.property(mixed, (attachments) => {
        const { assigned } = assign(attachments);
        expect(heldBy(assign(attachments, heldBy(assigned)).assigned)).toEqual(heldBy(assigned));
      }),
    );
  });

  test('renumbers nobody when a container is added anywhere', () => {
    fc.assert(
      fc.property(mixed, attachment(false), fc.nat(), (attachments, make, where) => {
        const before = heldBy(assign(attachments).assigned);
        const more = attachments.toSpliced(where % (attachments.length + 1), 0, make('new'));
        const after = heldBy(assign(more, before).assigned);
        after.delete('new/eth0');
        expect(after).toEqual(before);
      }),
    );
  });

  test('renumbers nobody when containers leave, and leaves what they held alone', () => {
    fc.assert(
      fc.property(mixed, fc.func(fc.boolean()), attachment(false), (attachments, leaves, make) => {
        const before = heldBy(assign(attachments).assigned);
        const rest = attachments.filter(({ value }) => !leaves(value.container));
        const after = heldBy(assign([make('new'), ...rest], before).assigned);
        for (const each of rest) expect(after.get(keyOf(each))).toEqual(before.get(keyOf(each)));
        expect([...before.values()].flat()).not.toContain(after.get('new/eth0')![0]);
      }),
    );
  });

  test('renumbers nobody when the list is shuffled', () => {
    fc.assert(
      fc.property(
        free.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([attachments, shuffled]) => {
          const before = heldBy(assign(attachments).assigned);
          expect(heldBy(assign(shuffled, before).assigned)).toEqual(before);
        },
      ),
    );
  });
});

const structuredCloneOf = (attachments: Located<Attachment>[]): Located<Attachment>[] =>
  attachments.map(({ value, at }) => ({ value: structuredClone(value), at }));
