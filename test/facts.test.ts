import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { NetwrightError } from '../src/error.ts';
import { gatherScript, parseFacts, type Read, type Section, type World } from '../src/gather.ts';
import { Kernel } from './objects/kernel.ts';

/** test/facts/FACT/CASE.yml: what a host printed, and the facts in it. */
interface Case {
  readonly about: string;
  /** How the host came to be so; absent when the text was cut by hand. */
  readonly situation?: string;
  readonly reads?: readonly Read[];
  /** The sections as they came, by name. */
  readonly reply: Readonly<Record<string, string>>;
  /** The parts of the world that it is about; or, instead, the code of the error. */
  readonly facts?: Partial<Record<keyof World, unknown>>;
  readonly error?: string;
}

const cases = readdirSync('test/facts', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yml'))
  .toSorted()
  .map((path) => ({
    name: path.slice(0, -'.yml'.length).replaceAll('-', ' '),
    ...(parse(readFileSync(`test/facts/${path}`, 'utf8')) as Case),
  }));

/** Without it the script was ended on the way. */
const END = { end: '' };

/** The parts of the world that a case is about, without fields that are undefined. */
function seen(sections: readonly Section[], { facts }: Case): unknown {
  const world = parseFacts('host', sections);
  const parts = Object.keys(facts ?? {}).map((part) => [part, world[part as keyof World] ?? null]);
  return JSON.parse(JSON.stringify(Object.fromEntries(parts)));
}

function codeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return error instanceof NetwrightError ? error.problems[0]?.code : String(error);
  }
}

function check(sections: readonly Section[], about: Case): void {
  if (about.error === undefined) expect(seen(sections, about), about.about).toEqual(about.facts);
  else expect(codeOf(() => parseFacts('host', sections))).toBe(about.error);
}

describe('what a host printed is read', () => {
  test.each(cases)('$name', (given) => {
    check(
      Object.entries({ ...given.reply, ...END }).map(([name, text]) => ({ name, text })),
      given,
    );
  });
});

test('what was cut short is not read at all', () => {
  const [first] = cases.filter(({ error }) => error === undefined);
  const sections = Object.entries(first!.reply).map(([name, text]) => ({ name, text }));
  expect(codeOf(() => parseFacts('host', sections))).toBe('CUT_SHORT');
  expect(codeOf(() => parseFacts('host', []))).toBe('CUT_SHORT');
});

/** The kernel makes its own IPv6 routes a moment after the link is up, and those of two links in either order. */
const settled = (facts: unknown): unknown =>
  JSON.parse(JSON.stringify(facts), (key, value: unknown) =>
    key === 'routes' && Array.isArray(value) ? value.map((route) => JSON.stringify(route)).toSorted() : value,
  ) as unknown;

describe.concurrent('this machine prints the same today', () => {
  for (const given of cases.filter(({ situation }) => situation !== undefined)) {
    test(given.name, async ({ expect: here }) => {
      const kernel = await Kernel.start();
      await kernel.sh(given.situation!);
      const look = () => kernel.exchange(gatherScript(given.reads ?? []));
      if (given.error === undefined) {
        const now = async (): Promise<unknown> => settled(seen(await look(), given));
        await here.poll(now, { timeout: 10_000, message: given.about }).toEqual(settled(given.facts));
      } else check(await look(), given);
      kernel.stop();
    });
  }
});

test('kernel parameters are read also beside a ledger of many megabytes', async () => {
  const kernel = await Kernel.start();
  await kernel.sh("head -c 6000000 /dev/zero | tr '\\0' x >/var/lib/netwright/large.json");
  const sections = await kernel.exchange(gatherScript([{ fact: 'sysctl', scope: '', key: 'net/ipv4/ip_forward' }]));
  expect(parseFacts('host', sections).sysctls).toEqual({ ' net/ipv4/ip_forward': '0' });
  kernel.stop();
});
