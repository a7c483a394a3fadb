import { expect, test } from 'vitest';
import { Owed } from '../src/run/owed.ts';

const LAB = 'web';

test('what was notified is written before it is sure, and taken back when it is not so', () => {
  const owed = new Owed();
  expect(owed.unwritten()).toEqual([]);
  const undecided = owed.ahead(LAB, 'Web', ['restart']);
  const first = owed.unwritten();
  expect(first).toEqual([{ lab: LAB, plays: { Web: ['restart'] } }]);
  owed.written(first);
  expect(owed.unwritten()).toEqual([]);
  undecided();
  expect(owed.unwritten()).toEqual([{ lab: LAB, plays: {} }]);
});

test('what is sure stays until it was done, and is not written twice', () => {
  const owed = new Owed();
  const undecided = owed.ahead(LAB, 'Web', ['restart', 'reload']);
  owed.written(owed.unwritten());
  owed.add(LAB, 'Web', 'restart');
  undecided();
  owed.written(owed.unwritten());
  owed.add(LAB, 'Web', 'restart');
  expect(owed.unwritten()).toEqual([]);
  expect(owed.names(LAB, 'Web')).toEqual(['restart']);
  owed.done(LAB, 'Web', 'restart');
  expect(owed.unwritten()).toEqual([{ lab: LAB, plays: {} }]);
});

test('what the disk says is owed, as long as its play is there', () => {
  const owed = new Owed({ web: { Web: ['restart'], Gone: ['reload'] }, other: { '#1': ['x'] } });
  expect(owed.unwritten()).toEqual([]);
  expect(owed.names(LAB, 'Web')).toEqual(['restart']);
  owed.keepPlays(LAB, new Set(['Web']));
  expect(owed.unwritten()).toEqual([{ lab: LAB, plays: { Web: ['restart'] } }]);
  expect(owed.names('other', '#1')).toEqual(['x']);
});
