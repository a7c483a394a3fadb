import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ansible } from '../inventory/ansible.ts';
import { controllerArgv, exits, overSsh, ROOT, writeOn } from './netwright.ts';
import { startRig, type Result, type Rig, type RigHost } from './rig.ts';

// Every secret that a run may know has a word of its own, and afterwards the words are looked for everywhere.
const word = (name: string): string => `canary-${name}-5d1c`;
const BECOME = word('become');
const VAULT = word('vault');
/** Ways into a task that says `no_log`. */
const ARGV = word('argv');
const STDIN = word('stdin');
const ENV = word('env');
const OTHER_ENV = word('other-env');
/** By names that sudo takes away, and that make other programs do something. */
const FILTERED = word('filtered-env');
const CONTENT = word('content');
const ITEM = word('item');
const SKIPPED = word('skipped');
const PRINTED = word('printed');
const FACT = word('fact');
const STATE = word('state');
const BROKEN = word('broken');
const ALL = [
  BECOME,
  VAULT,
  ARGV,
  STDIN,
  ENV,
  OTHER_ENV,
  FILTERED,
  CONTENT,
  ITEM,
  SKIPPED,
  PRINTED,
  FACT,
  STATE,
  BROKEN,
];
/** What programs are given as their words anybody may read in the list of processes, here as everywhere. */
const OF_WORDS = [ARGV, ITEM, PRINTED, STATE, BROKEN];

const PLAY = `
- hosts: h1
  lab: hush
  become: true
  tasks:
    - bridge: { name: nw-hush, address: 10.90.0.1/24 }
    - command: { cmd: cat, stdin: "{{ opened }}" }
    - no_log: true
      command: { argv: [echo, ${ARGV}] }
    - no_log: true
      command: { cmd: cat, stdin: ${STDIN} }
    - no_log: true
      environment: { TOKEN: ${ENV} }
      shell: sleep 0.3; test "$TOKEN" = ${ENV.slice(0, 5)}"\${TOKEN#?????}"
    - no_log: true
      become_user: bob
      environment: { TOKEN: ${OTHER_ENV}, PYTHON_TOKEN: ${FILTERED}, LD_TOKEN: ${FILTERED} }
      shell: sleep 0.3; test "$(id -un) $(printf %s "$TOKEN$PYTHON_TOKEN$LD_TOKEN" | wc -c)" = "bob ${OTHER_ENV.length + 2 * FILTERED.length}"
    - no_log: true
      copy: { content: "${CONTENT}\\n", dest: /root/secret, mode: '0600' }
    - no_log: true
      command: { argv: [echo, "{{ item }}"] }
      loop: [${ITEM}]
    - no_log: true
      command: { argv: [echo, "{{ item }}"] }
      loop: [${SKIPPED}]
      when: false
    - no_log: true
      command: { argv: [echo, ${PRINTED}] }
      register: printed
    - no_log: true
      set_fact: { fact: ${FACT} }
    - no_log: true
      container:
        name: box
        networks: [{ bridge: nw-hush }]
        command: [sh, -c, 'sleep 1000; :', ${STATE}]
`;
const BROKEN_PLAY = `
- hosts: h1
  lab: hush
  become: true
  tasks:
    - no_log: true
      environment: { OPENED: "{{ opened }}" }
      shell: echo ${BROKEN} >&2; echo "$OPENED"; exit 3
`;

let rig: Rig;
let host: RigHost;
const file = (name: string): string => join(rig.directory, name);
const found = (text: string): string[] => ALL.filter((secret) => text.includes(secret));
const said = ({ stdout, stderr }: Result): string => stdout + stderr;

beforeAll(async () => {
  const users = [
    { name: 'nina', sudo: 'password', password: BECOME },
    { name: 'bob', sudo: 'none' },
    { name: 'eve', sudo: 'none' },
  ] as const;
  rig = await startRig(1, { hosts: { h1: { users } } });
  host = rig.host('h1');
  writeFileSync(file('vault-password'), 'open sesame\n');
  writeFileSync(file('become-password'), `${BECOME}\n`);
  const encrypt = [
    'ansible-vault',
    'encrypt_string',
    '--vault-password-file',
    'vault-password',
    '--name',
    'opened',
    VAULT,
  ];
  const [closed] = ansible([[rig.directory, encrypt]]);
  expect(closed!.code, closed!.stderr).toBe(0);
  writeFileSync(
    file('hosts.yml'),
    `all:\n  hosts:\n    h1:\n      ansible_user: nina\n${closed!.stdout.replace(/^/gm, '      ')}\n`,
  );
  writeFileSync(file('play.yml'), PLAY);
  writeFileSync(file('broken.yml'), BROKEN_PLAY);
});
afterAll(() => rig.stop());

const words = (command: string, ...more: string[]): string[] => [
  ...[command, file('play.yml'), '-i', file('hosts.yml'), '--vault-password-file', file('vault-password')],
  ...more,
];
const netwright = (command: string, ...more: string[]): Promise<Result> =>
  overSsh(rig, words(command, '--become-password-file', file('become-password'), ...more));

/** Which of the secrets any process of this machine, and so of the hosts, had among its words until it was told to stop. */
function watchProcesses(): () => Promise<string[]> {
  const seen = new Set<string>();
  const watch = { over: false };
  const watching = (async () => {
    while (!watch.over) {
      for (const pid of readdirSync('/proc')) {
        if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
        try {
          for (const secret of found(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) seen.add(secret);
        } catch {
          // It has ended.
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  })();
  return async () => {
    watch.over = true;
    await watching;
    return [...seen];
  };
}

/** What a user who may nothing sees meanwhile of the processes of her host: words and environments. */
function watchAsEve(): () => Promise<string[]> {
  const script = String.raw`until (-e '/tmp/over') { for (glob '/proc/[0-9]*/{cmdline,environ}') { open my $f, '<', $_ or next;
    local $/; my $t = <$f> // ''; $seen{$1} = 1 while $t =~ /(canary-[a-z-]+-5d1c)/g } } print join "\n", keys %seen`;
  const watching = host.exec(['setpriv', '--reuid=eve', '--regid=eve', '--clear-groups', 'perl', '-e', script]);
  return async () => {
    await host.sh('touch /tmp/over');
    const { code, stdout, stderr } = await watching;
    expect(code, stderr).toBe(0);
    return stdout.split('\n');
  };
}

/** Types the become password at a terminal, when it is asked for. */
async function typed(argv: readonly string[]): Promise<Result> {
  const line = controllerArgv(rig, argv)
    .map((text) => `'${text}'`)
    .join(' ');
  const child = rig.spawn(['script', '-qec', line, '/dev/null'], { cwd: ROOT });
  let stdout = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    if (!stdout.includes('Become password: ') && `${stdout}${chunk.toString()}`.includes('Become password: '))
      child.stdin!.write(`${BECOME}\n`);
    stdout += chunk.toString();
  });
  const code = await new Promise<number>((resolve) =>
    child.once('close', (ended) => {
      resolve(ended ?? -1);
    }),
  );
  return { code, stdout, stderr: '' };
}

test('no secret is in anything that is printed, written or to be seen of processes, on either side', async () => {
  const stop = watchProcesses();
  const stopEve = watchAsEve();
  const outputs: [string, string][] = [];
  const keep = (what: string, result: Result): void => void outputs.push([what, said(result)]);

  keep('plan', await exits(2, netwright('plan', '-vvv', '--diff')));
  keep('plan --out', await exits(4, netwright('plan', '--out', file('plan.json'))));
  keep('run -K', await exits(0, typed(words('run', '-K', '-vvv', '--diff', '--profile'))));
  const log = ['--junit', file('junit.xml'), '--retry-file', file('retry')];
  keep('run --json', await exits(0, netwright('run', '--json', '-vvv', '--diff', ...log)));
  keep('status', await exits(0, netwright('status', '-vvv')));
  writeFileSync(file('play.yml'), BROKEN_PLAY);
  keep('failure', await exits(3, netwright('run', '-vvv', '--diff', '--no-prune')));
  writeFileSync(file('play.yml'), PLAY);
  const inProcesses = await stop();
  const seenByEve = await stopEve();

  expect(outputs.flatMap(([what, text]) => found(text).map((secret) => `${what}: ${secret}`))).toEqual([]);
  expect(outputs.find(([what]) => what === 'plan --out')![1]).toContain('[SECRET_PLAN]');
  expect(outputs.find(([what]) => what === 'failure')![1]).toMatch(/! shell .*hidden by no_log/);
  expect(inProcesses.filter((secret) => !OF_WORDS.includes(secret))).toEqual([]);
  expect(seenByEve.filter((secret) => !OF_WORDS.includes(secret))).toEqual([]);
  // The watches would have seen them.
  expect(inProcesses).toContain(STATE);
  expect(seenByEve).toContain(STATE);

  const inputs = ['play.yml', 'broken.yml', 'become-password'];
  const here = readdirSync(rig.directory, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !inputs.includes(entry.name))
    .flatMap(({ name }) => found(readFileSync(file(name), 'utf8')).map((secret) => `${name}: ${secret}`));
  expect(here).toEqual([]);
  const there = await host.exec([
    'grep',
    '-rlaE',
    ALL.join('|'),
    '/run',
    '/var/lib',
    '/var/log',
    '/var/tmp',
    '/tmp',
    '/root',
    '/home',
    '/etc',
  ]);
  expect(there.stdout.split('\n').filter((path) => path !== '')).toEqual(['/root/secret']);
  await exits(0, netwright('destroy'));
  await writeOn(host, '/root/secret', '');
});

test('a become password that is wrong, missing or cannot be asked for is told with a way out', async () => {
  writeFileSync(file('wrong'), `${BECOME}x\n`);
  const wrong = await exits(5, overSsh(rig, words('run', '--become-password-file', file('wrong'))));
  expect(said(wrong)).toContain('[BECOME_FAILED] h1: sudo did not accept the password');
  const none = await exits(5, overSsh(rig, words('run')));
  expect(said(none)).toContain('[BECOME_FAILED] h1: sudo wants a password and none was given');
  const nobody = await exits(4, rig.exec(['setsid', '-w', ...controllerArgv(rig, words('run', '-K'))], { cwd: ROOT }));
  expect(nobody.stderr).toContain(
    '[NO_TERMINAL] there is no terminal to ask for the become password; use --become-password-file FILE',
  );
  const gone = await exits(4, overSsh(rig, words('run', '--become-password-file', file('gone'))));
  expect(gone.stderr).toContain('[NO_FILE] there is no become password file');
  expect(found([wrong, none, nobody, gone].map(said).join(''))).toEqual([]);
});
