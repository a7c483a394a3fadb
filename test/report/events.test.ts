import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EVENTS_VERSION } from '../../src/report.ts';

const source = readFileSync('src/report/events.ts', 'utf8');
const page = readFileSync('docs/json.md', 'utf8');

test('the page about --json names every event with its fields, and the version', () => {
  const lines = [...page.matchAll(/^\| `(\w+)` *\|[^|]*\| (.*?) *\|$/gm)].map(
    ([, type, fields]) => [type!, fields!] as const,
  );
  // The first is the heading.
  const rows = new Map(lines.slice(1));
  const events = [...source.matchAll(/\{\s*readonly type: '(\w+)';([^}]*)\}/g)];
  expect([...rows.keys()].toSorted()).toEqual(events.map(([, type]) => type).toSorted());
  for (const [, type, fields] of events) {
    const names = [...fields!.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name!);
    expect(
      names.filter((name) => !rows.get(type!)!.includes(`\`${name}\``)),
      type,
    ).toEqual([]);
  }
  expect(rows.get('start')).toContain(`\`version\` (${EVENTS_VERSION})`);
});
