import { expect, test } from 'vitest';
import { annotations, junitText, profileLines, type Event } from '../../src/report.ts';

const counts = {
  ok: 1,
  changed: 1,
  failed: 1,
  skipped: 1,
  unreachable: 0,
  rescued: 0,
  ignored: 0,
  reverted: 0,
  exchanges: 2,
};
const EVENTS: readonly Event[] = [
  { type: 'start', version: 1, command: 'run', playbook: 'lab.yml' },
  { type: 'play', lab: 'lab', name: 'A <play>', hosts: ['h1', 'h2'], titles: [] },
  { type: 'task', host: 'h1', title: 'Bridge', sign: '+', status: 'changed', detail: 'nw0 missing' },
  { type: 'task', host: 'h1', title: 'Later', sign: ' ', status: 'skipped', detail: 'when: false' },
  { type: 'task', host: 'h1', title: 'Check', sign: '!', status: 'failed', detail: 'said "no" & \u001b[1m\nleft' },
  { type: 'host', host: 'h2', state: 'unreachable', problem: { code: 'UNREACHABLE', message: 'h2: no route' } },
  { type: 'recap', hosts: { h1: counts }, seconds: 1, exit: 3 },
];

test('a JUnit report has a suite for the play and a case for each task of each host', () => {
  const text = junitText(EVENTS);
  expect(text).toContain('<property name="exit" value="3"/>');
  expect(text).toContain('<testsuite name="A &lt;play>" tests="4" failures="1" errors="1" skipped="1">');
  expect(text).toContain('<testcase classname="h1" name="Bridge">');
  expect(text).toContain('<failure message="said &quot;no&quot; &amp; \\x1b[1m');
  expect(text).toMatch(
    /<testcase classname="h2" name="unreachable">\s*<error message="h2: no route" type="UNREACHABLE"\/>/,
  );
});

test('on GitHub what failed becomes an annotation, and its text cannot end the command', () => {
  expect(EVENTS.flatMap(annotations)).toEqual([
    '::error title=h1%3A Check::said "no" & \u001b[1m%0Aleft',
    '::error title=UNREACHABLE::h2: no route',
  ]);
  const place = { file: 'a,b.yml', line: 3, column: 7 };
  const problem = { code: 'UNKNOWN_KEY', message: '100% wrong', hint: 'say so', place };
  expect(annotations({ type: 'problem', problem })).toEqual([
    '::error file=a%2Cb.yml,line=3,col=7,title=UNKNOWN_KEY::100%25 wrong; say so',
  ]);
});

test('a profile says where the time went, the longest first, and how much it leaves out', () => {
  const spent = Array.from({ length: 30 }, (_, index) => ({ host: 'h1', what: `task ${index}`, ms: index * 100 }));
  const lines = profileLines(spent);
  expect(lines).toHaveLength(21);
  expect(lines[0]).toBe('PROFILE in seconds, the longest 20 of 30');
  expect(lines[1]).toBe('    2.90  h1  task 29');
});
