import { existsSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../src/error.ts';
import { canaries, CANARY, templates } from './canaries.ts';
import { allLeaves, type Leaf } from './leaves.ts';

const { leaves, without } = allLeaves();
/** What the schema shares with another kind or place, where it is right, and the kind's own check refuses; or has no case. */
const NEVER = [
  // No case of the kind has an interface of the host yet, and only beside one could there be aliases.
  'attach.networks[].physical',
  // Who made the container plugs it into networks of its engine.
  'attach.networks[].network',
  'attach.networks[].aliases[]',
  // What comes in has not gone out yet, and the other way round.
  ...['firewall.input[].out', 'firewall.input[].out[]', 'firewall.output[].in', 'firewall.output[].in[]'],
];

/** Of the texts, one in so many is tried where not any text may stand. */
const SHARE = 5;
const counts = { refused: 0, delivered: 0 };

afterAll(() => {
  console.log(`${leaves.length} leaves: ${counts.refused} refused, ${counts.delivered} delivered`);
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
  expect(without).toEqual(NEVER);
  expect(canaries).toHaveLength(300);
  expect(new Set(canaries).size).toBe(300);
});

describe('is refused there or handed on unchanged, whatever it is:', () => {
  test.each(leaves)(
    '$name',
    (leaf) => {
      const { playbook, prefix, free } = leaf;
      let delivered = 0;
      // A pattern or format has refused what matters before anything else is done, so a part is enough, and each in turn.
      const share = free ? canaries : canaries.filter((_, at) => at % SHARE === leaves.indexOf(leaf) % SHARE);
      for (const canary of share) {
        const text = prefix + canary;
        const written = playbook(text);
        const { problems, commands, scripts, answers } = leaf.take(written);
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
      const { problems } = leaf.take(written);
      if (problems.length > 0) expect(isAt(problems, written, leaf.prefix + text)).toBe(true);
    }
  }
}, 300_000);
