import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exits, overSsh, recapOf } from './netwright.ts';
import { startRig, type Result, type Rig, type RigHost } from './rig.ts';

// h1 is in the hands of somebody who wants to harm whoever configures it; h2 is a host like any other.

/** The file that appears where what a host says is ever executed, here or there. */
const CANARY = '/run/pwned';
const ESCAPES = String.raw`\033]0;pwned\007\033[2J\033[31m\342\200\256 {{ 7919 * 7907 }} {%% for x in y %%} \044(touch ${CANARY})\n`;
/** What a run asks hosts with. */
const PROGRAMS = [
  'ip',
  'nft',
  'ss',
  'tc',
  'bridge',
  'stat',
  'grep',
  'cat',
  'docker',
  'podman',
  'id',
  'uname',
  'base64',
];

const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

const PLAY = `
- hosts: all
  lab: hostile
  gather_facts: true
  tasks:
    - bridge: { name: nw0, address: 10.9.0.1/24, mtu: 1400, ip_masq: true }
    - container: { name: web, networks: [{ bridge: nw0 }], hostname: web }
    - sysctl: { name: net.ipv4.tcp_fin_timeout, value: 30 }
    - shell: echo "{{ ansible_facts.kernel }}"
      register: said
      changed_when: false
    - debug: { msg: "{{ said.stdout }} {{ said }}" }
    - set_fact: { again: "{{ said.stdout }}" }
    - copy: { content: "{{ again }}\\n", dest: /tmp/again }
    - lineinfile: { path: /tmp/again, line: more }
`;

/** A change to what the real program prints. */
const spoilt = (program: string, edit: string): string =>
  `f=/usr/local/sbin/${program}; real=$(command -v ${program})
  printf '#!/bin/sh\\n%s "$@" | sed -E '"'"'%s'"'"'\\n' "$real" '${edit}' >$f; chmod 755 $f`;

const replaced = (programs: readonly string[], script: string): string =>
  `for p in ${programs.join(' ')}; do cat >/usr/local/sbin/$p <<'PROGRAM'\n#!/bin/sh\n${script}\nPROGRAM\nchmod 755 /usr/local/sbin/$p; done`;

/** What each of them does to h1. */
const ATTACKS: Readonly<Record<string, string>> = {
  'all its programs print escapes, templates and commands': replaced(PROGRAMS, `printf '${ESCAPES}'`),
  'the same, and fail': replaced(PROGRAMS, `printf '${ESCAPES}'; printf '${ESCAPES}' >&2; exit 3`),
  'all its programs print bytes that are no text': replaced(PROGRAMS, `head -c 4096 /dev/urandom`),
  'ip prints without end': replaced(['ip'], 'yes "[{\\"ifname\\":"'),
  'the interfaces have names that reach into every object': spoilt('ip', 's/"ifname":"[^"]*"/"ifname":"__proto__"/g'),
  'numbers are negative': spoilt('ip', 's/"mtu":[0-9]+/"mtu":-1/g; s/"ifindex":[0-9]+/"ifindex":-7/g'),
  'numbers are none': spoilt('ip', 's/"mtu":[0-9]+/"mtu":NaN/g'),
  'numbers are texts': spoilt('ip', 's/"mtu":[0-9]+/"mtu":"\\\\u001b[31m{{ 7919 * 7907 }}"/g'),
  'lists are mappings': spoilt('ip', 's/"addr_info":\\[/"addr_info":{"__proto__":[/; s/\\]\\}\\]/]}}]/'),
  'nft says what it likes': replaced(
    ['nft'],
    `echo '{"nftables":[{"__proto__":{"table":1}},{"table":"x"},{"chain":null},{"rule":[]}]}'`,
  ),
  'files lie elsewhere': replaced(
    ['stat', 'grep'],
    `echo '644 7 /etc/../../../../tmp/pwned'; echo '/var/lib/netwright/../../../tmp/pwned.json:{}'`,
  ),
};

/** A shell that is none: it answers every request with marks of its own, and whatever it likes behind them. */
const LIAR = String.raw`#!/usr/bin/perl
$| = 1; my $n; my $all = '';
while (sysread(STDIN, my $some, 65536)) {
  $all .= $some;
  if (!$n && $all =~ /\\n([0-9a-f]{32})!ready/) { $n = $1; $all = ''; print "\n$n!ready\n"; next }
  while ($n && $all =~ s/^.*?\nend (\d+) "\$\?"\n\}\n//s) {
    my $id = $1;
    for my $name ('root 0', 'root', 'user 0', '__proto__', 'constructor x', 'net ', 'net ../../x', 'boot', 'step 0', 'done 0 0',
                  'ledger /var/lib/netwright/../../tmp/pwned.json', 'ledger /var/lib/netwright/hostile.json', 'netns',
                  'system ', 'engine docker', 'containers docker', 'nft ', 'files', 'lines', 'look 0', 'content', "\e[2J{{ 7919 * 7907 }}", 'end') {
      print "\n$n $name\n";
      print $name =~ /^net / ? "[{\"ifname\":\"__proto__\",\"ifindex\":1,\"flags\":[],\"mtu\":5}]\n[]\n[]\n"
          : $name =~ /hostile/ ? '{"version":1,"lab":"hostile","boot":"x","entries":{"__proto__":{"type":"constructor","scope":"../..","owners":[],"data":{}}},"held":{}}'
          : "\e[2J\e]0;x\a{{ 7919 * 7907 }} ../../../tmp/pwned \$(touch /run/pwned)\n";
    }
    print "\n$n!end $id 0\n";
  }
}
`;

let rig: Rig;
let h1: RigHost;
const file = (name: string): string => join(rig.directory, name);

beforeAll(async () => {
  rig = await startRig(2);
  h1 = rig.host('h1');
  writeFileSync(file('play.yml'), PLAY);
});
afterAll(() => rig.stop());

const netwright = (command: string, ...more: string[]): Promise<Result> =>
  overSsh(rig, [command, file('play.yml'), '-i', 'h1,h2,', '--timeout', '10', '-v', '--diff', ...more]);

/** Everything here that a host could have made or changed. */
const here = (): string[] => [...readdirSync('/tmp'), ...readdirSync('/run')].filter((name) => name.includes('pwned'));

async function expectHarmless(result: Result): Promise<void> {
  const { code, stdout, stderr } = result;
  const said = stdout + stderr;
  expect([0, 3, 4, 5], said.slice(0, 4000)).toContain(code);
  expect(stderr).not.toMatch(/has a bug|^\s+at /m);
  expect(said).not.toMatch(UNPRINTABLE);
  // Neither rendered, nor executed.
  expect(said).not.toMatch(/\b62615533\b/);
  expect(here()).toEqual([]);
  for (const { name } of rig.hosts) expect((await rig.host(name).exec(['test', '-e', CANARY])).code, name).toBe(1);
  // What a host has for a reason to refuse is one for the whole run, before anything is touched.
  if (code === 4) {
    expect(stdout).not.toContain('PLAY');
    return;
  }
  // Else the other one is made whole.
  expect(recapOf(stdout).h2, said.slice(0, 4000)).toMatchObject({ failed: 0, unreachable: 0 });
  expect(await rig.host('h2').sh('ip -br link show dev nw0 | wc -l')).toBe('1\n');
}

test.each(Object.entries(ATTACKS))('where %s, that host fails at most, and nothing else', async (_, attack) => {
  await h1.sh(attack);
  const run = await netwright('run');
  await h1.sh('rm -f /usr/local/sbin/*');
  await expectHarmless(run);
  await exits(0, overSsh(rig, ['destroy', '--lab', 'hostile', '-i', 'h1,h2,']));
});

test('where its shell itself is somebody who answers what he likes, the same', async () => {
  await h1.exec(
    [
      'sh',
      '-c',
      'cat >/usr/local/bin/liar; chmod 755 /usr/local/bin/liar; ln -sf /usr/local/bin/liar /usr/local/bin/sh',
    ],
    { input: LIAR },
  );
  const plain = await netwright('run');
  const json = await netwright('run', '--json');
  await h1.exec(['rm', '-f', '/usr/local/bin/sh']);
  await expectHarmless(plain);
  expect(json.stdout).not.toMatch(UNPRINTABLE);
});

test('a ledger that somebody wrote does nothing to any other host, nor to the run', async () => {
  for (const entry of [
    '{"type":"constructor","scope":"","owners":["bridge nw0"],"data":{"name":"nw0"}}',
    '{"type":"bridge","scope":"","owners":["bridge gone"],"data":{"name":"x y; touch /run/pwned"}}',
    '{"type":"netns","scope":"","owners":["container gone"],"data":{"name":"../../tmp"}}',
    '{"type":"veth","scope":"../x","owners":["container gone"],"data":{"name":"v","peer":7}}',
  ]) {
    const boot = readFileSync(join(rig.directory, 'h1', 'boot_id'), 'utf8').trim();
    const ledger = `{"version":1,"lab":"hostile","playbook":"","boot":"${boot}","entries":{"/x:y":${entry}},"held":{}}`;
    await h1.exec(['sh', '-c', 'mkdir -p -m 700 /var/lib/netwright; cat >/var/lib/netwright/hostile.json'], {
      input: ledger,
    });
    await expectHarmless(await netwright('run', '--take-over'));
    await netwright('destroy', '--take-over');
    await h1.sh('rm -rf /var/lib/netwright');
  }
});
