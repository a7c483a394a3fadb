import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { splitWords, type Command } from '../../src/command.ts';
import { openSession } from '../../src/connect.ts';
import type { Problem } from '../../src/error.ts';
import { canaries, CANARY, templates } from './canaries.ts';
import { startRig, type HostOptions, type Rig } from '../net/rig.ts';
import {
  deliverChanges,
  deliverLooks,
  deliverPrograms,
  deliverStarted,
  type Came,
  type Delivered,
} from './delivery.ts';
import { allLeaves, type Leaf } from './leaves.ts';

const project = mkdtempSync(join(tmpdir(), 'netwright-canaries-'));
const { leaves, without } = allLeaves(project);
/** What the schema shares with another kind or place, where it is right, and the kind's own check refuses; or has no case. */
const NEVER = [
  // No case of the kind has an interface of the host yet, and only beside one could there be aliases.
  'attach.networks[].physical',
  // Who made the container plugs it into networks of its engine.
  'attach.networks[].network',
  'attach.networks[].aliases[]',
  // What comes in has not gone out yet, and the other way round.
  ...['firewall.input[].out', 'firewall.input[].out[]', 'firewall.output[].in', 'firewall.output[].in[]'],
  // No case of the kind asks for an address by DHCP.
  'attach.networks[].dhcp_options[]',
  // No case of the kind makes a container.
  'wait_for.container',
];

/** Texts that are taken apart into words, as a shell would. */
const WORDS = [
  'command.cmd',
  'script.cmd',
  'script.executable',
  ...['copy', 'template', 'lineinfile'].map((kind) => `${kind}.validate`),
];
/** Paths of the project, of which the host gets the name; and one that begins where the link is. */
const SOURCES = ['copy.src', 'template.src', 'file.src'];
/** What is compared or worked out here: no host ever gets it. */
const HERE = /^lineinfile\.(regexp|search_string|insertafter|insertbefore)$|\.(directory_)?mode$/;

/** Of the texts, one in so many is tried where not any text may stand. */
const SHARE = 5;
/** Of those that get through where any may, one in so many goes on to hosts, but all of what is simplest. */
const ON_HOSTS = 15;
const SIMPLEST = 'command.argv[]';
const onHosts: Delivered[] = [];
const counts = { refused: 0, delivered: 0 };
/** How many texts were tried for the hosts, by leaf, and how many of them came no further than here. */
const tried = new Map<string, number>();
const refused = new Map<string, number>();

afterAll(() => {
  console.log(`${leaves.length} leaves: ${counts.refused} refused, ${counts.delivered} delivered`);
  expect(existsSync(CANARY)).toBe(false);
  rmSync(project, { recursive: true });
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

/** What of a text must be found. */
function partsOf(text: string, { name }: Leaf): readonly string[] {
  if (SOURCES.includes(name)) return [posix.basename(text)];
  if (!WORDS.includes(name)) return [text];
  const [first = '', ...rest] = splitWords(text) ?? [];
  return [name === 'script.cmd' ? posix.basename(first) : first, ...rest];
}

/** The text as it is, or as a path without what names nothing. */
const arrives = (found: readonly string[], text: string, leaf: Leaf): boolean =>
  HERE.test(leaf.name) ||
  [text, posix.normalize(text).replace(/(.)\/$/, '$1')].some((form) =>
    partsOf(form, leaf).every((part) => found.some((one) => one.includes(part))),
  );

/** With what a file will hold as it is. */
const plain = (command: Command): Command =>
  command.do === 'place' ? { ...command, content: Buffer.from(command.content, 'base64').toString() } : command;

test('there is a valid playbook for every text of every kind', () => {
  expect(without.filter((name) => !NEVER.includes(name))).toEqual([]);
  expect(NEVER.filter((name) => !without.includes(name))).toEqual([]);
  expect(canaries).toHaveLength(300);
  expect(new Set(canaries).size).toBe(300);
});

describe('is refused there or handed on unchanged, whatever it is:', () => {
  test.each(leaves)(
    '$name',
    (leaf) => {
      const { name, playbook, prefix, free } = leaf;
      let delivered = 0;
      // A pattern or format has refused what matters before anything else is done, so a part is enough, and each in turn.
      const share = free ? canaries : canaries.filter((_, at) => at % SHARE === leaves.indexOf(leaf) % SHARE);
      for (const canary of share) {
        const text = prefix + canary;
        const written = playbook(text);
        const { problems, commands, looks, scripts, answers } = leaf.take(written);
        const at = canaries.indexOf(canary) + leaves.indexOf(leaf);
        const isTried = !free || at % ON_HOSTS === 0 || name === SIMPLEST;
        if (isTried) add(tried, name);
        if (problems.length > 0) {
          expect(isAt(problems, written, text), `${JSON.stringify(text)}: ${JSON.stringify(problems)}`).toBe(true);
          counts.refused++;
          if (isTried) add(refused, name);
          continue;
        }
        expect(scripts.join('')).not.toContain('\0');
        const found = textsIn([commands.map(plain), looks, answers]);
        expect(arrives(found, text, leaf), `${JSON.stringify(text)} came to nothing`).toBe(true);
        delivered++;
        if (!isTried || HERE.test(name)) continue;
        const holds = (one: unknown): boolean => arrives(textsIn(one), text, leaf);
        onHosts.push({
          leaf: name,
          text,
          commands: commands.filter((one) => holds(plain(one))),
          looks: looks.filter(holds),
        });
      }
      counts.delivered += delivered;
      // Control characters are refused everywhere, and so is what cannot be taken apart.
      if (free) expect(delivered).toBeGreaterThan(200);
    },
    300_000,
  );
});

const add = (counted: Map<string, number>, name: string): void => void counted.set(name, (counted.get(name) ?? 0) + 1);

describe('comes to hosts unchanged,', () => {
  let rig: Rig;
  beforeAll(async () => {
    const shells: Record<string, HostOptions> = {
      h1: {},
      h2: { rootShell: 'bash', sh: 'bash' },
      h3: { rootShell: 'dash', sh: 'dash' },
      // Busybox takes its own `ip` before any other, and that one knows no namespaces.
      h4: {
        rootShell: 'busybox',
        sh: 'busybox',
        prepare: `rm /usr/local/bin/ash
          sed 's/ionice\\x00ip\\x00ipcalc\\x00/ionice\\x00iq\\x00ipcalc\\x00/' "$(command -v busybox)" >/usr/local/bin/ash
          chmod 755 /usr/local/bin/ash`,
      },
    };
    rig = await startRig(4, { hosts: shells });
    // Without ssh, on the first host as if it were this machine.
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const enter = `exec nsenter --target=${rig.host('h1').pid} --mount --uts --ipc --net --pid -- env -i PATH=${path} HOME=/root sh "$@"`;
    writeFileSync(join(rig.directory, 'bin', 'sh'), `#!/bin/dash\n${enter}\n`, { mode: 0o755 });
  }, 120_000);
  afterAll(() => rig.stop());

  test.each([
    ['h1', 'locally', true],
    ['h2', 'over ssh to bash', false],
    ['h3', 'over ssh to dash', false],
    ['h4', 'over ssh to the shell of busybox', false],
  ])(
    '%s: %s',
    async (name, _, isLocal) => {
      const host = rig.host(name);
      const leave = rig.enter();
      const session = await openSession(rig.target(name, isLocal ? { type: 'local' } : {}), {
        sshConfig: rig.sshConfig,
        connectTimeoutSeconds: 30,
      });
      leave();
      const running = async (): Promise<string[]> => (await host.sh('ps -e -o comm=')).split('\n');
      const before = await running();
      const came: Came = new Map();
      await deliverStarted(session, onHosts, came);
      await deliverLooks(host, session, onHosts, came);
      await deliverPrograms(host, session, onHosts, came);
      await deliverChanges(host, session, onHosts, came);
      const count = [...came.values()].reduce((sum, texts) => sum + texts.size, 0);
      const none = [...refused.values()].reduce((sum, one) => sum + one, 0);
      console.log(`${name}: ${count} texts came unchanged to ${came.size} leaves, ${none} were refused`);
      // The shell that asks may have one more or less of itself.
      const unexpected = async (): Promise<string[]> => (await running()).filter((one) => !before.includes(one));
      await expect.poll(unexpected, { timeout: 30_000 }).toEqual([]);
      expect((await host.exec(['test', '-e', CANARY])).code).toBe(1);
      // Every leaf whose texts go to hosts at all.
      const wanted = onHosts.filter(({ commands, looks }) => commands.length + looks.length > 0);
      expect(wanted.map(({ leaf }) => leaf).filter((leaf) => !came.has(leaf))).toEqual([]);
      for (const { name: leaf } of leaves) expect(tried.get(leaf), leaf).toBeGreaterThanOrEqual(20);
      expect(came.get(SIMPLEST)!.size).toBeGreaterThan(250);
      await session.close();
    },
    600_000,
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
