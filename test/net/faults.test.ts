import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Kernel } from './kernel.ts';
import { links, lone } from './lone.ts';
import { exits, expectSame, MAIN, onHost, ROOT, snapshots, told, writeOn } from './netwright.ts';
import { startRig, type Rig, type RigHost } from './rig.ts';

// What goes wrong around a run. Every test has a host of its own, so that they wait side by side.
const BRIDGES = `
    - bridge: { name: nw-0, address: 10.88.0.1/24 }
    - bridge: { name: nw-1, address: 10.88.1.1/24 }
    - bridge: { name: nw-2, address: 10.88.2.1/24 }`;

let rig: Rig;
let clean: string[];
const { netwright, playbook } = lone('faults', () => rig);

/** Somebody who does something, once, at the first batch that makes links: before it, or after it. */
async function meddle(host: RigHost, when: 'before' | 'after', what: string): Promise<void> {
  await writeOn(
    host,
    '/usr/local/bin/ip',
    `#!/bin/sh
case "$*" in *-batch*) ;; *) exec /sbin/ip "$@" ;; esac
lines=$(cat) once=
case $lines in *"link add"*) [ -e /run/meddled ] || once=${when} ;; esac
[ -z "$once" ] || : >/run/meddled
[ "$once" != before ] || { ${what}; }
printf '%s\\n' "$lines" | /sbin/ip "$@" || exit
[ "$once" != after ] || { ${what}; }
`,
  );
  await host.sh('chmod +x /usr/local/bin/ip');
}

beforeAll(async () => {
  rig = await startRig(4);
  clean = await snapshots(rig.hosts);
});
afterAll(() => rig.stop());

const isClean = (host: RigHost): Promise<void> => expectSame([host], [clean[host.number - 1]!]);

describe.concurrent('somebody who meddles with a host that is being changed', () => {
  test('takes away what was just made, and it is made again', async () => {
    const host = rig.host('h1');
    const path = playbook(host, BRIDGES);
    await meddle(host, 'after', '/sbin/ip link del nw-1');
    const { stdout } = await exits(0, netwright('run', host, path));
    expect(stdout).toContain('repaired a rest in 1 more round(s)');
    expect(await links(host)).toEqual(['nw-0', 'nw-1', 'nw-2']);
    expect(await new Kernel(host).addresses('nw-1')).toEqual(['10.88.1.1/24']);
    await exits(0, netwright('destroy', host, path));
    await isClean(host);
  });

  test('makes something by the name of what is to be made, which is told and stays theirs', async () => {
    const host = rig.host('h2');
    const path = playbook(host, BRIDGES);
    const theirs = '/sbin/ip link add name nw-2 address 02:00:00:00:00:99 type bridge';
    await meddle(host, 'before', theirs);
    const { stdout } = await exits(3, netwright('run', host, path));
    expect(told(stdout, '!')).toEqual([expect.stringMatching(/^! bridge nw-2 +.*File exists/)]);
    expect(await new Kernel(host).link('nw-2')).toMatchObject({ address: '02:00:00:00:00:99', group: 'default' });
    // It is known now, before anything is touched.
    expect((await exits(4, netwright('run', host, path))).stderr).toContain('[FOREIGN_OBJECT]');
    await exits(0, netwright('destroy', host, path));
    expect(await links(host)).toEqual(['nw-2']);
    await host.sh('/sbin/ip link del nw-2');
    await exits(0, netwright('run', host, path));
    expect(await links(host)).toEqual(['nw-0', 'nw-1', 'nw-2']);
    await exits(0, netwright('destroy', host, path));
    await isClean(host);
  });
});

describe.concurrent('a controller', () => {
  test('whose disk is full tells everything that was done nevertheless, and nothing is lost', async () => {
    const host = rig.host('h3');
    const path = playbook(host, BRIDGES);
    const planned = await exits(4, netwright('plan', host, path, '--out', '/dev/full'));
    expect(planned.stderr).toContain('[CANNOT_WRITE]');
    expect(await links(host)).toEqual([]);
    const { stdout, stderr } = await exits(3, netwright('run', host, path, '--junit', '/dev/full'));
    expect(stderr).toContain('[CANNOT_WRITE]');
    expect(told(stdout, '+')).toHaveLength(3);
    expect(stdout).toMatch(/^RECAP h3 +ok 3 {2}changed 3 {2}failed 0/m);
    await exits(0, netwright('status', host, path));
    await exits(0, netwright('destroy', host, path));
    await isClean(host);
  });

  test('without __proto__ works the same', async () => {
    const strict = (...argv: string[]) =>
      rig.host('h4').exec(['node', '--disable-proto=throw', MAIN, ...argv], { cwd: ROOT });
    await exits(0, strict('validate', 'playbooks/quickstart.yml'));
    await exits(2, strict('plan', 'playbooks/quickstart.yml'));
  });
});

describe('a host on which the network is not ours to change', () => {
  test.each([
    ['root without the capability', ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin'], 'NO_CAPABILITY'],
    ['no nsenter', ['sh', '-c', 'mount --bind /dev/null /usr/bin/nsenter; exec "$@"', 'sh'], 'MISSING_PROGRAM'],
  ])('(%s) is refused before anything is touched', async (_, before, code) => {
    const host = rig.host('h4');
    await writeOn(host, '/root/lab.yml', `- hosts: localhost\n  lab: faults\n  tasks:${BRIDGES}\n`);
    const run = host.exec([...before, 'node', MAIN, 'run', '/root/lab.yml'], { cwd: ROOT });
    expect((await exits(4, run)).stderr).toContain(`[${code}] localhost`);
    await host.sh('umount /usr/bin/nsenter 2>/dev/null || true');
    expect(await host.sh('ls /var/lib/netwright 2>/dev/null || true')).toBe('');
    await isClean(host);
    await exits(2, onHost(host, ['plan', '/root/lab.yml']));
  });
});
