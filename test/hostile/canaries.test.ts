import { existsSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../src/error.ts';
import { canaries, CANARY, templates } from './canaries.ts';
import { allLeaves, type Leaf } from './leaves.ts';
import { take } from './load.ts';

const { leaves, without } = allLeaves();
const counts = { refused: 0, delivered: 0 };

afterAll(() => {
  console.log(
    `${leaves.length} leaves × ${canaries.length} texts: ${counts.refused} refused, ${counts.delivered} delivered`,
  );
  expect(existsSync(CANARY)).toBe(false);
});

/** All texts inside a value. */
const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];

/** What is wrong is told at the very text, or at least at its task, where only the host's own state forbids it. */
function isAt(problems: readonly Problem[], playbook: string, text: string): boolean {
  const written = JSON.stringify(text);
  const end = playbook.lastIndexOf(written) + written.length;
  return problems.some(({ place }) => place === undefined || (place.line === 1 && place.column <= end));
}

/** The text after quotes and backslashes are read, as `command` reads its line; elsewhere the text itself. */
const arrives = (found: readonly string[], text: string, { name }: Leaf): boolean =>
  found.some((one) => one.includes(text)) || (name === 'command.cmd' && found.length > 0);

test('there is a valid playbook for every text of every kind', () => {
  expect(without).toEqual([]);
  expect(canaries).toHaveLength(300);
  expect(new Set(canaries).size).toBe(300);
});

describe('is refused there or handed on unchanged, whatever it is:', () => {
  test.each(leaves)(
    '$name',
    (leaf) => {
      const { playbook, prefix, free } = leaf;
      let delivered = 0;
      for (const canary of canaries) {
        const text = prefix + canary;
        const written = playbook(text);
        const { problems, commands, scripts, answers } = take(written);
        if (problems.length > 0) {
          expect(isAt(problems, written, text), `${JSON.stringify(text)}: ${JSON.stringify(problems)}`).toBe(true);
          counts.refused++;
        } else {
          expect(scripts.join('')).not.toContain('\0');
          expect(arrives(textsIn([commands, answers]), text, leaf), `${JSON.stringify(text)} came to nothing`).toBe(
            true,
          );
          delivered++;
        }
      }
      counts.delivered += delivered;
      // Control characters are refused everywhere, and so is what `command` cannot take apart.
      if (free) expect(delivered).toBeGreaterThan(200);
    },
    300_000,
  );
});

test('a template is worth what it gives, and nothing else', () => {
  for (const leaf of leaves) {
    for (const text of templates) {
      const written = leaf.playbook(leaf.prefix + text);
      const { problems } = take(written);
      if (problems.length > 0) expect(isAt(problems, written, leaf.prefix + text)).toBe(true);
    }
  }
}, 300_000);
