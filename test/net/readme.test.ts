import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { exits, expectSame, onHost, recapOf, ROOT, told, writeOn } from './netwright.ts';
import { startRig, type Rig, type RigHost } from './rig.ts';

// What the README and the language's description show a person is what works.
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);

/** Every command of the README's shell blocks, in order, without its comment. */
const commands = blocks('sh').flatMap((text) =>
  text
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== ''),
);

let rig: Rig;
let host: RigHost;
let clean: string;

beforeAll(async () => {
  rig = await startRig(1);
  host = rig.host('h1');
});
beforeEach(async () => {
  clean = await host.snapshot();
});
afterEach(() => expectSame([host], [clean]));
afterAll(() => rig.stop());

test('the commands of the README work in the order in which they stand', async () => {
  expect(commands).toEqual([
    'npm run quickstart',
    // This very run.
    'npm test',
    expect.stringMatching(/^npx netwright plan +playbooks\/quickstart.yml$/),
    expect.stringMatching(/^npx netwright run +playbooks\/quickstart.yml$/),
    expect.stringMatching(/^npx netwright status +playbooks\/quickstart.yml$/),
    expect.stringMatching(/^npx netwright destroy +playbooks\/quickstart.yml$/),
  ]);
  for (const command of commands) {
    if (command === 'npm test') continue;
    const { code, stdout, stderr } = await host.exec(['sh', '-c', command], { cwd: ROOT });
    expect(code, `${command}\n${stdout}\n${stderr}`).toBe(0);
  }
});

test('a second quickstart changes nothing, and it says how to go on', async () => {
  const quickstart = () => exits(0, host.exec(['npm', 'run', '--silent', 'quickstart'], { cwd: ROOT }));
  const first = await quickstart();
  const second = await quickstart();
  expect(recapOf(first.stdout).localhost).toMatchObject({ changed: 3 });
  expect(recapOf(second.stdout).localhost).toMatchObject({ changed: 0, exchanges: 2 });
  // The hints are commands that work.
  for (const [, hint] of second.stdout.matchAll(/(ip netns exec .*)$/gm)) {
    await exits(0, host.exec(['sh', '-c', hint!]));
  }
  expect(second.stdout).toContain('npx netwright destroy playbooks/quickstart.yml');
  await exits(0, onHost(host, ['destroy', 'playbooks/quickstart.yml']));
});

test('the smallest playbook of the README runs as it stands there', async () => {
  const [smallest] = blocks('yaml');
  await writeOn(host, '/tmp/smallest.yml', smallest!);
  const { stdout } = await exits(0, onHost(host, ['run', '/tmp/smallest.yml']));
  expect(told(stdout, '=').join()).toContain('1 of 1 pairs');
  await exits(0, onHost(host, ['destroy', '/tmp/smallest.yml']));
});

test("the task of one's own runs as it stands there, and tells where it failed", async () => {
  const [script] = blocks('ts');
  const [, playbook] = blocks('yaml');
  await host.sh('mkdir -p /tmp/own/my-tasks');
  await writeOn(host, '/tmp/own/my-tasks/mtu_of.ts', script!);
  await writeOn(host, '/tmp/own/own.yml', playbook!);
  const { stdout } = await exits(0, onHost(host, ['run', '/tmp/own/own.yml']));
  expect(told(stdout, '=')).toEqual(['= mtu_of  lo has 65536', '= assert  All assertions passed']);
  await writeOn(host, '/tmp/own/package.json', '{"type":"module"}');
  await writeOn(host, '/tmp/own/own.yml', playbook!.replace('dev: lo', 'dev: "a b"'));
  const failed = await exits(3, onHost(host, ['run', '/tmp/own/own.yml']));
  expect(told(failed.stdout, '!')).toEqual([
    expect.stringMatching(
      /^! mtu_of {2}\/tmp\/own\/my-tasks\/mtu_of.ts:13:\d+: exit code 1: cat: .*a b\/mtu'?: No such file/,
    ),
  ]);
});

test.each(['language-1', 'language-2'])('the samples of the language run verbatim: %s', async (name) => {
  const playbook = join(import.meta.dirname, 'samples', `${name}.yml`);
  await exits(0, onHost(host, ['run', playbook]));
  const { stdout } = await exits(0, onHost(host, ['plan', playbook]));
  expect(told(stdout, '+~-')).toEqual([]);
  await exits(0, onHost(host, ['destroy', playbook]));
});
