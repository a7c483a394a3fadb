import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exits, overSsh, recapOf } from './netwright.ts';
import { startRig, type Rig } from './rig.ts';

// Facts of real hosts: what Ansible's own setup module says of the same host, what plays do with them, and what that
// costs.

let rig: Rig;
let inventory: string;

const MORE = `
ip link add br-0 type bridge
ip link add v0 type veth peer name v1
ip link set v0 master br-0
ip link set br-0 up; ip link set v0 up; ip link set v1 up
ip addr add 10.5.0.1/24 brd + dev br-0
ip addr add 10.5.0.2/24 dev br-0
ip addr add 10.6.0.1 peer 10.6.0.2/32 dev v1
ip route replace default via 10.5.0.254
`;

beforeAll(async () => {
  rig = await startRig(3);
  inventory = rig.inventory();
  await rig.host('h1').sh(MORE);
});
afterAll(() => rig.stop());

function playbook(name: string, text: string): string {
  const path = join(rig.directory, `${name}.yml`);
  writeFileSync(path, text);
  return path;
}

const on = (limit: string, argv: readonly string[]) => overSsh(rig, [...argv, '-i', inventory, '-l', limit]);

type Facts = Record<string, unknown>;

async function byAnsible(host: string): Promise<Facts> {
  const { stdout, stderr } = await rig.exec(['ansible', host, '-i', inventory, '-m', 'setup'], {
    env: { LC_ALL: 'C.UTF-8', ANSIBLE_NOCOLOR: '1' },
    timeout: 60_000,
  });
  expect(stdout, stderr).toContain('SUCCESS');
  return (JSON.parse(stdout.slice(stdout.indexOf('{'))) as { ansible_facts: Facts }).ansible_facts;
}

/** What is another the next moment, and what hangs on how somebody logs in. */
const MOMENTARY = ['date_time', 'uptime_seconds', 'memfree_mb', 'swapfree_mb', 'env'];
/** Of an interface: what its driver says, which is not looked at. */
const NOT_LOOKED_AT = ['features', 'timestamping', 'hw_timestamp_filters', 'phc_index', 'speed', 'module', 'pciid'];

function comparable(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(comparable).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !NOT_LOOKED_AT.includes(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, comparable(inner)]));
}

test('each fact is what the setup module of Ansible says on the same host', async () => {
  const facts = playbook(
    'facts',
    `- hosts: all
  lab: facts
  tasks: [{ copy: { content: "{{ ansible_facts | to_json }}", dest: /tmp/facts.json } }]
`,
  );
  await exits(0, on('h1', ['run', facts]));
  const ours = JSON.parse(await rig.host('h1').sh('cat /tmp/facts.json')) as Facts;
  const theirs = await byAnsible('h1');
  expect(Object.keys(ours)).toEqual(
    expect.arrayContaining(['default_ipv4', 'default_ipv6', 'br_0', 'v1', 'distribution']),
  );
  const names = Object.keys(ours).filter((name) => !MOMENTARY.includes(name));
  const of = (facts: Facts, prefix = ''): unknown =>
    comparable(Object.fromEntries(names.map((name) => [name, facts[`${prefix}${name}`]])));
  expect(of(ours)).toEqual(of(theirs, 'ansible_'));
  const { date_time: time } = ours as { date_time: Facts };
  for (const [name, value] of Object.entries(theirs.ansible_date_time as Facts)) {
    if (name in time) expect(typeof time[name], name).toBe(typeof value);
  }
});

test('they are known in plan and run, of other hosts too, and a state that hangs on one is still planned at once', async () => {
  const path = playbook(
    'uses',
    `- hosts: all
  lab: uses
  vars: { other: "{{ 'h2' if inventory_hostname == 'h1' else 'h1' }}" }
  tasks:
    - { name: Bridge, bridge: { name: nw0, mtu: "{{ ansible_eth0.mtu }}", address: 10.9.0.1/24 }, when: ansible_facts.os_family == 'Debian' }
    - { name: Not here, bridge: { name: nw9 }, when: ansible_os_family == 'RedHat' }
    - { name: Other, debug: { msg: "{{ other }} is {{ hostvars[other].ansible_default_ipv6.address | default('elsewhere') }}, {{ hostvars[other].ansible_eth0.ipv4.address }}" } }
    - { name: By its name, include_tasks: "{{ ansible_distribution | lower }}.yml" }
`,
  );
  playbook('debian', '- { name: Of Debian, debug: { msg: "{{ ansible_distribution_release }}" } }\n');
  const planned = await exits(2, on('h1:h2', ['plan', path]));
  expect(planned.stdout).toMatch(/h1 +\+ Bridge +nw0 missing/);
  expect(planned.stdout).toMatch(/h1 +Not here +ansible_os_family == 'RedHat'/);
  expect(planned.stdout).toMatch(/h1 += Other +h2 is \S+, 10\.60\.0\.2\n/);
  expect(planned.stdout).toMatch(/h2 += Of Debian +bookworm\n/);
  const done = await exits(0, on('h1:h2', ['run', path]));
  const linesOf = (stdout: string): string[] =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith('  h') && !line.includes('included'))
      .toSorted();
  expect(linesOf(done.stdout)).toEqual(linesOf(planned.stdout));
  // Its options hang on the first look, so what is there of it is a second one.
  expect(recapOf(done.stdout)).toMatchObject({ h1: { ok: 4, exchanges: 3 }, h2: { ok: 4, exchanges: 3 } });
  await exits(0, on('h1:h2', ['destroy', path]));
});

test('where only a condition hangs on them they cost no exchange', async () => {
  const path = playbook(
    'condition',
    `- hosts: all
  lab: uses
  tasks: [{ name: Bridge, bridge: { name: nw0 }, when: ansible_facts.os_family == 'Debian' }]
`,
  );
  expect(recapOf((await exits(0, on('h1', ['run', path]))).stdout).h1!.exchanges).toBe(2);
  expect(recapOf((await exits(0, on('h1', ['run', path]))).stdout).h1!.exchanges).toBe(1);
  await exits(0, on('h1', ['destroy', path]));
});

test('a play that gathers none has none, and one that is not there is told before anything is touched', async () => {
  const path = playbook(
    'without',
    `- hosts: all
  lab: without
  gather_facts: false
  tasks:
    - { name: None yet, assert: { that: [ansible_facts is not defined, ansible_kernel is undefined] } }
    - { name: Bridge, bridge: { name: nw0 } }
- hosts: all
  lab: without
  tasks: [{ name: Now, assert: { that: ansible_kernel is defined } }]
- hosts: all
  lab: without
  gather_facts: false
  tasks: [{ name: Still, debug: { msg: "{{ ansible_FACT }}" } }]
`.replace('FACT', 'kernel'),
  );
  await exits(2, on('h1', ['plan', path]));
  const wrong = playbook(
    'wrong',
    `- hosts: all
  tasks:
    - bridge: { name: nw0 }
    - debug: { msg: "{{ ansible_eth7.mtu }}" }
`,
  );
  const { stderr } = await exits(4, on('h1', ['run', wrong]));
  expect(stderr).toContain(
    `${wrong}:4:25 [UNDEFINED_VARIABLE] "ansible_eth7.mtu" is not defined; did you mean "ansible_eth0"?`,
  );
  expect(await rig.host('h1').sh('ip -br link')).not.toContain('nw0');
});

test('what hangs on the facts of a host that is down fails on its own, and all else is done', async () => {
  const path = playbook(
    'down',
    `- hosts: all
  lab: down
  tasks:
    - { name: Own, debug: { msg: "{{ ansible_kernel }}" } }
    - { name: Of h3, debug: { msg: "{{ hostvars.h3.ansible_kernel }}" }, when: inventory_hostname == 'h2' }
    - { name: After, command: touch /tmp/after }
`,
  );
  await rig.host('h3').setSsh('refused');
  const { stdout } = await exits(3, on('all', ['run', path]));
  await rig.host('h3').setSsh('up');
  expect(stdout).toContain('Of h3: needs the result of "the first look at h3"');
  expect(recapOf(stdout)).toMatchObject({ h1: { ok: 2, failed: 0 }, h2: { failed: 1 }, h3: { ok: 0, unreachable: 1 } });
  await rig.host('h1').sh('test -e /tmp/after');
  await rig.host('h2').sh('test ! -e /tmp/after');
});
