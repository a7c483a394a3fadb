import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { begin, CHANGES, exits, expectSame, overSsh, recapOf, told, writeOn } from './netwright.ts';
import { Kernel } from './kernel.ts';
import { startRig, until, type Result, type Rig, type RigHost } from './rig.ts';

// Whose things are on a host, and what is said and done when that is not what it was: over real ssh. Every test has a host
// of its own.
/** Nearly ours. */
const DECOYS = `
ip link add name nw-blu address 02:00:00:00:00:01 type bridge
ip link add name nw-blue2 address 02:00:00:00:00:02 type veth peer name nw-blue3 address 02:00:00:00:00:03
ip netns add blue-we; ip netns add bluer-web
ip route add blackhole 198.51.100.0/24
nft add table ip netwright-blu`;

/** By hand, what a lab leaves that has lost its ledger. */
const WITHOUT_LEDGER = `
for n in web db; do ip netns del "blue-$n" 2>/dev/null || true; done
rm -rf /etc/netns/blue-*
echo 0 >/proc/sys/net/ipv4/ip_forward
for n in /proc/sys/net/ipv4/conf/*/accept_redirects; do echo 1 >"$n"; done`;

const lab = (name: string, net: number, more = ''): string => `
- hosts: all
  lab: ${name}
  tasks:
    - bridge: { name: nw-${name}, address: 10.${net}.0.1/24, mtu: 1500, ip_masq: true }
    - container: { name: web, networks: [{ bridge: nw-${name} }] }
    - container: { name: db, networks: [{ bridge: nw-${name} }] }
    - route: { to: 10.${net}.9.0/24, via: 10.${net}.0.9 }
${more}`;

/** An `ip` with which a bridge changes when a namespace or a link goes. */
const TAKES_MORE = `#!/bin/sh
more() { /sbin/ip link set nw-blue mtu 1300; }
case "$*" in
*-batch*) lines=$(cat); printf '%s\\n' "$lines" | /sbin/ip "$@" || exit; case $lines in *"link del"*) more ;; esac ;;
*"netns del"*) /sbin/ip "$@" && more ;;
*) exec /sbin/ip "$@" ;;
esac
`;

let rig: Rig;

/** One host, with what is done to it. */
class Site {
  readonly host: RigHost;
  readonly #clean: string;

  constructor(host: RigHost, clean: string) {
    this.host = host;
    this.#clean = clean;
  }

  static async start(number: number): Promise<Site> {
    const host = rig.host(`h${number}`);
    await host.sh(DECOYS);
    return new Site(host, await host.snapshot());
  }

  write(name: string, text: string): string {
    const path = join(rig.directory, `${this.host.name}-${name}`);
    writeFileSync(path, text);
    return path;
  }

  argv(command: string, ...more: string[]): string[] {
    return [command, ...more, '-i', `${this.host.name},`];
  }

  netwright(command: string, ...more: string[]): Promise<Result> {
    return overSsh(rig, this.argv(command, ...more));
  }

  /** With everything there that the kernel makes by itself, a moment later, for addresses of ours. */
  async picture(): Promise<string> {
    await new Kernel(this.host).settled();
    return this.host.snapshot();
  }

  isAs = (before: string, after?: string): Promise<void> => expectSame([this.host], [before], after);
  isClean = (after?: string): Promise<void> => this.isAs(this.#clean, after);
}

beforeAll(async () => {
  rig = await startRig(9);
});
afterAll(() => rig.stop());

describe.concurrent('what is on a host', () => {
  test('two labs with the same names do not touch each other', async () => {
    const site = await Site.start(1);
    const { host } = site;
    const [blue, red] = [site.write('blue.yml', lab('blue', 21)), site.write('red.yml', lab('red', 22))];
    await exits(0, site.netwright('run', blue));
    const alone = await site.picture();
    await exits(0, site.netwright('run', red));
    expect((await host.sh('ip netns list')).match(/^(blue|red)-(web|db)\b/gm)).toHaveLength(4);
    await exits(0, site.netwright('destroy', red));
    await site.isAs(alone, 'red destroyed');
    await exits(0, site.netwright('destroy', blue));
    await site.isClean('blue destroyed');
  });

  test('a lab that takes what another one has is refused, and nothing is changed', async () => {
    const site = await Site.start(2);
    const blue = site.write('blue.yml', lab('blue', 21));
    await exits(0, site.netwright('run', blue));
    const alone = await site.picture();
    const thief = site.write('thief.yml', lab('thief', 23, '    - bridge: { name: nw-blue }'));
    const { stdout, stderr } = await exits(4, site.netwright('run', thief));
    expect(stderr).toContain('[FOREIGN_OBJECT] nw-blue exists and belongs to the lab "blue"');
    expect(told(stdout, CHANGES)).toEqual([]);
    await site.isAs(alone);
    await exits(0, site.netwright('destroy', blue));
  });

  test('destroy --lab needs no playbook, and may be said twice, also after a crash', async () => {
    const site = await Site.start(3);
    const { host } = site;
    const blue = site.write('blue.yml', lab('blue', 21));
    await exits(0, site.netwright('run', blue));
    await exits(0, site.netwright('destroy', '--lab', 'blue'));
    await site.isClean();
    await exits(0, site.netwright('destroy', '--lab', 'blue'));
    await site.isClean();
    const crashed = begin(rig, site.argv('run', blue));
    await until(async () => (await host.exec(['ip', 'link', 'show', 'nw-blue'])).code === 0, 60_000, 'the bridge');
    await host.sh('pkill -KILL -f "^sshd: root" || true');
    await crashed.result;
    await exits(0, site.netwright('destroy', '--lab', 'blue', '--lock-timeout', '30'));
    await exits(0, site.netwright('destroy', '--lab', 'blue'));
    await site.isClean();
  });

  test('with its ledger gone a lab loses what carries two marks, and the rest is named', async () => {
    const site = await Site.start(4);
    const { host } = site;
    const blue = site.write('blue.yml', lab('blue', 21));
    await exits(0, site.netwright('run', blue));
    await host.sh('rm /var/lib/netwright/blue.json');
    const { stdout } = await exits(0, site.netwright('destroy', '--lab', 'blue'));
    const left = [...stdout.matchAll(/left alone, since nothing proves that it is the lab's: (.*)/g)].map(
      ([, what]) => what,
    );
    expect(left.toSorted()).toEqual([
      'file /etc/netns/blue-db/hosts',
      'file /etc/netns/blue-web/hosts',
      'network namespace blue-db (ip netns del blue-db)',
      'network namespace blue-we (ip netns del blue-we)',
      'network namespace blue-web (ip netns del blue-web)',
    ]);
    expect(stdout).toMatch(/- .*nw-blue/);
    const links = await host.sh('ip -br link');
    expect(links).toMatch(/^nw-blu /m);
    expect(links).not.toMatch(/^nw-blue /m);
    expect(await host.sh('nft list tables')).not.toContain('netwright-blue');
    await host.sh(WITHOUT_LEDGER);
    await site.isClean();
  });

  test('a ledger that is spoiled counts as lost, one of a later version is left alone, and nothing changes', async () => {
    const site = await Site.start(5);
    const { host } = site;
    const blue = site.write('blue.yml', lab('blue', 21));
    await exits(0, site.netwright('run', blue));
    const path = '/var/lib/netwright/blue.json';
    const ledger = await host.sh(`cat ${path}`);
    for (const [how, spoiled, told] of [
      ['cut short', ledger.slice(0, ledger.length / 2), 'the network namespace blue-web exists and is not ours'],
      [
        'of another version',
        ledger.replace('"version":1', '"version":99'),
        'was written by a later version of netwright',
      ],
    ] as const) {
      await writeOn(host, path, spoiled);
      const before = await site.picture();
      const { stderr } = await exits(4, site.netwright('run', blue));
      expect(stderr, how).toContain(told);
      await site.isAs(before, how);
    }
    await writeOn(host, path, ledger);
    await exits(0, site.netwright('destroy', blue));
    await site.isClean();
  });

  test('status tells what differs and what an earlier playbook had, and a run mends only that', async () => {
    const site = await Site.start(6);
    const { host } = site;
    const blue = site.write(
      'blue.yml',
      lab('blue', 21, '    - container: { name: app, networks: [{ bridge: nw-blue }] }'),
    );
    await exits(0, site.netwright('run', blue));
    const whole = await exits(0, site.netwright('status', blue));
    expect(told(whole.stdout, CHANGES)).toEqual([]);
    await host.sh('ip link set nw-blue mtu 1400; ip netns del blue-db; ip route del 10.21.9.0/24');
    const { stdout } = await exits(2, site.netwright('status', blue));
    expect(told(stdout, CHANGES)).toEqual([
      '~ bridge nw-blue  mtu 1400 -> 1500',
      '+ container db  10.21.0.3 · 02:42:0a:15:00:03',
      '+ route 10.21.9.0/24 table main metric default  route 10.21.9.0/24 missing',
    ]);
    const mended = await exits(0, site.netwright('run', blue));
    expect(recapOf(mended.stdout)[host.name]).toMatchObject({ changed: 3, failed: 0 });
    // The playbook is another one now, and was not applied yet.
    site.write('blue.yml', lab('blue', 21));
    const later = await exits(2, site.netwright('status', blue));
    expect(told(later.stdout, CHANGES)).toEqual([
      // Each knows the names of all.
      '~ container web  /etc/netns/blue-web/hosts content',
      '~ container db  /etc/netns/blue-db/hosts content',
      expect.stringMatching(/^- prune container app /),
    ]);
    // What goes takes along more than anybody could foresee, and the look afterwards is at the whole host.
    await writeOn(host, '/usr/local/bin/ip', TAKES_MORE);
    await host.sh('chmod +x /usr/local/bin/ip');
    const pruned = await exits(0, site.netwright('run', blue));
    await host.sh('rm /usr/local/bin/ip');
    expect(pruned.stdout).toMatch(/- prune container app /);
    expect(pruned.stdout).toContain('repaired a rest in 1 more round(s)');
    expect((await new Kernel(host).link('nw-blue')).mtu).toBe(1500);
    await exits(0, site.netwright('destroy', blue));
    await site.isClean();
  });

  test('a saved plan is done exactly, or refused by the name of what moved', async () => {
    const site = await Site.start(7);
    const { host } = site;
    const blue = site.write('blue.yml', lab('blue', 21));
    const plan = join(rig.directory, `${host.name}-plan.json`);
    const save = () => exits(2, site.netwright('plan', blue, '--out', plan));
    const apply = () => overSsh(rig, ['apply', plan]);
    await save();
    await exits(0, apply());
    const stale = await exits(4, apply());
    expect(stale.stderr).toMatch(/\[STALE_PLAN\] h\d: bridge nw-blue: ".*" is not to be done any more/);
    await host.sh('ip link set nw-blue mtu 1400');
    await save();
    await host.sh('ip link set nw-blue mtu 1300; ip netns del blue-db');
    const moved = await exits(4, apply());
    expect(moved.stderr).toMatch(
      /\[STALE_PLAN\] h\d: bridge nw-blue: planned "mtu 1400 -> 1500.*", now "mtu 1300 -> 1500/,
    );
    expect(moved.stderr).toMatch(/\[STALE_PLAN\] h\d: container.*: now ".*" as well/);
    await exits(0, site.netwright('run', blue));
    await host.sh('ip link set nw-blue mtu 1400');
    await save();
    writeFileSync(blue, `${readFileSync(blue, 'utf8')}    - bridge: { name: nw-more }\n`);
    expect((await exits(4, apply())).stderr).toContain('blue.yml was changed after the plan was made');
    await exits(0, site.netwright('destroy', '--lab', 'blue'));
    await site.isClean();
  });

  test.each([
    [8, '/run/netwright', '[NO_LOCK]', 4],
    [9, '/var/lib/netwright', 'the ledger cannot be written', 3],
  ])('(h%i) with %s full nothing is changed', async (number, directory, message, code) => {
    const site = await Site.start(number);
    const { host } = site;
    const blue = site.write('blue.yml', lab('blue', 21));
    const full = `mkdir -p ${directory}; mount -t tmpfs -o size=4k,nr_inodes=2 full ${directory}; head -c 4k /dev/zero >${directory}/x || true`;
    await host.sh(full);
    const { stdout, stderr } = await exits(code, site.netwright('run', blue));
    expect(stdout + stderr).toContain(message);
    expect(await host.sh('ip -br link; ip netns list')).not.toMatch(/nw-blue |blue-web/);
    await host.sh(`umount ${directory}; rmdir ${directory} 2>/dev/null || true`);
    await site.isClean();
  });
});
