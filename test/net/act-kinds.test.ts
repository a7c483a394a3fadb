import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exits, overSsh, recapOf, told } from './netwright.ts';
import { startRig, type Rig, type RigHost } from './rig.ts';

// Kinds that do something on a host, on a real one: packages out of a real apt, a real init script, real sockets.

let rig: Rig;
let h1: RigHost;
let folder: string;

/** Two versions of a package with a service in it, in a repository of the host's own. */
const REPOSITORY = `
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
mkdir -p /srv/repo
echo 'deb [trusted=yes] file:///srv/repo ./' >/etc/apt/sources.list
for version in 1.0 1.1; do
  d=/tmp/build-$version; mkdir -p $d/DEBIAN $d/etc/init.d $d/etc/netwright-hello
  cat >$d/DEBIAN/control <<C
Package: netwright-hello
Version: $version
Architecture: all
Maintainer: Nobody <nobody@example.org>
Description: A service that does nothing
C
  echo "version $version" >$d/etc/netwright-hello/default
  cat >$d/etc/init.d/netwright-hello <<'I'
#!/bin/sh
### BEGIN INIT INFO
# Provides: netwright-hello
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
p=/run/netwright-hello.pid
alive() { [ -f $p ] && kill -0 "$(cat $p)" 2>/dev/null; }
case $1 in
  start) alive || { sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >$p; }; echo start >>/run/hello.log ;;
  stop) alive && kill "$(cat $p)"; rm -f $p; echo stop >>/run/hello.log ;;
  restart) $0 stop; $0 start ;;
  reload) echo reload >>/run/hello.log ;;
  status) alive || exit 3 ;;
esac
I
  chmod 755 $d/etc/init.d/netwright-hello
done
offer() { # VERSION...
  : >/srv/repo/Packages
  for version; do
    f=netwright-hello_$version.deb
    [ -f /srv/repo/$f ] || dpkg-deb --build --root-owner-group /tmp/build-$version /srv/repo/$f >/dev/null
    { cat /tmp/build-$version/DEBIAN/control; echo "Filename: ./$f"; echo "Size: $(wc -c </srv/repo/$f)"
      echo "SHA256: $(sha256sum </srv/repo/$f | cut -d' ' -f1)"; echo; } >>/srv/repo/Packages
  done
}
`;

beforeAll(async () => {
  rig = await startRig(1);
  rig.inventory();
  h1 = rig.host('h1');
  folder = join(rig.directory, 'project');
  mkdirSync(join(folder, 'files'), { recursive: true });
  await h1.sh(`${REPOSITORY}\noffer 1.0`);
});
afterAll(() => rig.stop());

function playbook(tasks: string, words = ''): string {
  const path = join(folder, 'play.yml');
  writeFileSync(path, `- hosts: all\n  lab: acts\n  gather_facts: false\n${words}  tasks:\n${tasks}\n`);
  return path;
}

const run = (tasks: string, argv: readonly string[] = [], command = 'run') =>
  overSsh(rig, [command, playbook(tasks), '-i', join(rig.directory, 'inventory.yml'), ...argv]);

/** Runs it and, again, finds nothing to do. */
async function once(tasks: string): Promise<string> {
  const { stdout } = await exits(0, run(tasks));
  const again = await exits(0, run(tasks));
  expect(recapOf(again.stdout).h1, again.stdout).toMatchObject({ changed: 0 });
  return stdout;
}

describe('package and service', () => {
  const VERSION = "dpkg-query -W -f '${Version}' netwright-hello 2>/dev/null || printf none";

  test('a package that no list has is told beforehand, and is there once the lists are fetched', async () => {
    const { stdout } = await exits(3, run('    - package: { name: netwright-hello }'));
    expect(stdout).toContain('apt has no package netwright-hello to install; update_cache: true fetches its lists');
    const done = await once('    - package: { name: netwright-hello, update_cache: true }');
    expect(done).toMatch(/h1 +\+ package +netwright-hello missing\n/);
    expect(await h1.sh(VERSION)).toBe('1.0');
  });

  test('the newest version comes when it is asked for', async () => {
    await h1.sh(`${REPOSITORY}\noffer 1.0 1.1`);
    await exits(0, run('    - package: { update_cache: true }'));
    await once('    - package: { name: netwright-hello, state: present }');
    expect(await h1.sh(VERSION)).toBe('1.0');
    const { stdout } = await exits(2, run('    - package: { name: netwright-hello, state: latest }', [], 'plan'));
    expect(stdout).toMatch(/h1 +~ package +netwright-hello 1\.0 -> 1\.1\n/);
    await once('    - package: { name: netwright-hello, state: latest }');
    expect(await h1.sh(VERSION)).toBe('1.1');
  });

  test('a service starts, starts at boot, and is restarted by a handler', async () => {
    await once('    - service: { name: netwright-hello, state: started, enabled: true }');
    expect(await h1.sh('/etc/init.d/netwright-hello status; ls /etc/rc3.d')).toContain('netwright-hello');
    await exits(0, run('    - service: { name: netwright-hello, state: restarted }'));
    await exits(0, run('    - service: { name: netwright-hello, state: reloaded }'));
    expect(await h1.sh('cat /run/hello.log')).toBe('start\nstop\nstart\nreload\n');
    await once('    - service: { name: netwright-hello, state: stopped, enabled: false }');
    expect((await h1.exec(['/etc/init.d/netwright-hello', 'status'])).code).toBe(3);
    const { stdout } = await exits(3, run('    - service: { name: netwright-nix, state: started }'));
    expect(stdout).toContain('there is no service netwright-nix');
  });

  test('what is removed is gone; what a package brings is seen by the tasks after it', async () => {
    await once('    - package: { name: netwright-hello, state: absent }');
    expect(await h1.sh(VERSION)).toBe('none');
    await h1.sh('dpkg --purge netwright-hello 2>/dev/null; rm -f /etc/init.d/netwright-hello');
    const tasks = `    - package: { name: netwright-hello }
    - lineinfile: { path: /etc/netwright-hello/default, line: more }
    - service: { name: netwright-hello, state: started }`;
    const { stdout } = await exits(2, run(tasks, [], 'plan'));
    expect(told(stdout, '+~>!')).toEqual([
      '+ package  netwright-hello missing (1.1)',
      '> lineinfile  will run',
      '> service  will run',
    ]);
    await once(tasks);
    expect(await h1.sh('cat /etc/netwright-hello/default')).toBe('version 1.1\nmore\n');
    await exits(0, run('    - service: { name: netwright-hello, state: stopped }'));
  });
});

describe('script', () => {
  test('a file of the project runs with its words and its bytes, and leaves nothing', async () => {
    const odd = `#!/bin/sh\n# ${'é\u0001'.repeat(3)}\nprintf '%s|' "$0" "$PWD" "$@"; cat; exit 0\n`;
    writeFileSync(join(folder, 'files/own.sh'), odd);
    writeFileSync(join(folder, 'files/own.py'), 'import sys; print(sys.argv[1:])\n');
    const { stdout } = await exits(
      0,
      run(`    - { script: "own.sh 'two words' $HOME", register: own }
    - { script: { cmd: own.py a b, executable: /usr/bin/env python3, chdir: /srv }, register: py }
    - assert: { that: ["own.stdout is search('own.sh.[^|]*.two words.[$]HOME.$')", "py.stdout == \\"['a', 'b']\\""] }
    - { script: { cmd: own.sh, creates: /srv } }
    - { script: { cmd: own.sh, removes: /nowhere } }`),
    );
    expect(stdout).toMatch(/= script +\/srv exists\n[^]*= script +\/nowhere does not exist\n/);
    expect(await h1.sh('ls -A /tmp | grep -c "^tmp[.]" || true')).toBe('0\n');
  });

  test('a script that fails, fails; one that is not there is told with its place', async () => {
    writeFileSync(join(folder, 'files/bad.sh'), '#!/bin/sh\necho no luck >&2\nexit 7\n');
    expect((await exits(3, run('    - script: bad.sh'))).stdout).toContain('exit code 7: no luck');
    const { stderr } = await exits(4, run('    - script: missing.sh'));
    expect(stderr).toMatch(/play\.yml:5:15 \[NO_FILE\]/);
  });
});

describe('wait_for', () => {
  test('a port, a file, and their end are waited for where they are', async () => {
    const { stdout } = await exits(
      0,
      run(`    - shell: (sleep 2; touch /tmp/there; sleep 2; rm /tmp/there) >/dev/null 2>&1 &
    - wait_for: { path: /tmp/there, timeout: 30 }
    - { wait_for: { path: /tmp/there, state: absent, timeout: 30 }, register: gone }
    - assert: { that: gone.elapsed >= 0 }
    - wait_for: { port: 22 }
    - wait_for: { port: 22, host: "::1" }
    - wait_for: { port: 9, state: stopped }`),
    );
    expect(recapOf(stdout).h1).toMatchObject({ ok: 7, failed: 0, changed: 1 });
  });

  test('what does not come in time fails, in a container too', async () => {
    const { stdout } = await exits(
      3,
      run(`    - container: { name: web }
    - { wait_for: { port: 22, timeout: 1, msg: no ssh in there, container: web } }`),
    );
    expect(stdout).toContain('no ssh in there');
    const late = await exits(3, run('    - { wait_for: { path: /nowhere, timeout: 1 } }', ['--no-prune']));
    expect(late.stdout).toContain('/nowhere is not started after 1 seconds');
  });
});

test('a pause is made once, whoever is there, and its result is known', async () => {
  const { stdout } = await exits(
    0,
    run(`    - { pause: { seconds: 1 }, register: pause }
    - assert: { that: [pause.delta >= 1, "pause.stdout == 'Paused for 1 seconds'"] }
    - { pause: { prompt: Go on }, register: asked }
    - assert: { that: asked.user_input == '' }`),
  );
  expect(stdout).toMatch(/= pause +there is no terminal to ask at\n/);
});

test('a plan tells that a program has nothing to do, as long as nothing is about to change that', async () => {
  const tasks = `    - { name: There, command: touch /srv/x, args: { creates: /etc/passwd }, register: r, changed_when: r.stdout != '' }
    - { name: Gone, shell: echo, args: { removes: /srv/nowhere } }
    - { name: Not there, command: touch /srv/x, args: { creates: /srv/x } }
    - { name: Who knows, command: touch /srv/y, args: { creates: /etc/passwd } }`;
  const { stdout } = await exits(0, run(tasks, [], 'plan'));
  expect(told(stdout, '=')).toHaveLength(2);
  expect(told(stdout, '>')).toHaveLength(2);
  expect(stdout).toMatch(/= There +\/etc\/passwd exists$/m);
  expect(stdout).toMatch(/= Gone +\/srv\/nowhere does not exist$/m);
  expect(stdout).toMatch(/> Who knows +will run$/m);
});
