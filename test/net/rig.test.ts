import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startRig, type Rig } from './rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await startRig(3, { secondNetwork: true, hosts: { '*': { docker: true } } });
});
afterAll(() => rig.stop());

test('every host has namespaces, a name, a boot_id and directories of its own', async () => {
  const [one, two] = rig.hosts;
  for (const kind of ['mnt', 'net', 'pid', 'uts', 'ipc']) {
    const spaces = ['self', one!.pid, two!.pid].map((pid) => readlinkSync(`/proc/${pid}/ns/${kind}`));
    expect(new Set(spaces).size, kind).toBe(3);
  }
  const script = 'hostname; cat /proc/sys/kernel/random/boot_id; ls -A /root /run/netns; ls -d /etc/netns || true';
  const [first, second] = await Promise.all([one!.sh(script), two!.sh(script)]);
  expect(first.split('\n').slice(0, 2)).toEqual(['h1', one!.bootId]);
  expect(first.split('\n').slice(2)).toEqual(['/root:', '', '/run/netns:', '']);
  expect(one!.bootId).not.toBe(two!.bootId);
  expect(second).toContain('h2\n');
  await one!.sh('mkdir -p /etc/netns/x /var/lib/netwright; echo x >/var/lib/netwright/file; touch /run/netns/y');
  expect(await two!.sh(script)).toBe(second);
  expect(existsSync('/etc/netns/x') || existsSync('/run/netns/y')).toBe(false);
  await one!.sh('rm -r /etc/netns /var/lib/netwright /run/netns/y');
});

test('hosts reach each other on both networks', async () => {
  for (const address of ['10.60.0.2', 'fd60::2', '10.61.0.3', 'fd61::3']) {
    expect((await rig.hosts[0]!.exec(['ping', '-c1', '-W5', address])).code, address).toBe(0);
  }
});

test('programs of this machine run on a host as on a machine of their own', async () => {
  const code = 'console.log(require("node:os").hostname(), Object.keys(require("node:os").networkInterfaces()).join())';
  const { stdout } = await rig.hosts[1]!.exec(['node', '-e', code], { cwd: '/work', env: { A: 'b' } });
  expect(stdout).toBe('h2 lo,eth0,eth1\n');
});

test('the inventory and the ssh_config are enough to log in', async () => {
  const direct = await rig.exec(['ssh', '-F', rig.sshConfig, 'h3', 'hostname']);
  expect(direct).toEqual({ code: 0, stdout: 'h3\n', stderr: '' });
  const text = readFileSync(rig.inventory(), 'utf8');
  expect(text).toContain('    h3: { ansible_host: "10.60.0.3" }\n');
  const args = /ansible_ssh_common_args: "(.*)"/.exec(text)![1]!.split(' ');
  const { stdout } = await rig.exec([
    'ssh',
    '-F',
    '/dev/null',
    ...args,
    '-i',
    rig.identity,
    'root@10.60.0.3',
    'hostname',
  ]);
  expect(stdout).toBe('h3\n');
});

describe('a snapshot', () => {
  test('is the same text while nothing changes, whatever the counters do', async () => {
    const [host] = rig.hosts;
    await host!.sh(
      'ip link add br7 type bridge; ip link add v0 type veth peer name v1; ip link set v0 master br7 up; ip link set br7 up',
    );
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const before = await host!.snapshot();
    await host!.sh('ping -c3 -i0.2 10.61.0.2 >/dev/null; ping -c1 fd60::3 >/dev/null');
    expect(await host!.snapshot()).toBe(before);
    await host!.sh('ip link del v0; ip link del br7');
  });

  test('is the same text after everything that was made is removed', async () => {
    const [host] = rig.hosts;
    const before = await host!.snapshot();
    await host!
      .sh(`ip netns add n; ip link add br5 type bridge; ip link add v5 type veth peer name w5 netns n; ip link set v5 master br5
      ip addr add 10.9.0.1/24 dev br5; ip link set br5 up; ip -n n addr add 10.9.0.2/24 dev w5; ip -n n link set w5 up; ip link set v5 up
      sysctl -qw net.ipv4.ip_forward=1; nft add table inet x; ip rule add from 10.9.0.0/24 lookup 7
      mkdir -p /etc/netns/n /var/lib/netwright; echo x >/etc/netns/n/hosts; echo y >/var/lib/netwright/ledger`);
    expect(await host!.snapshot()).not.toBe(before);
    await host!.sh(`ip netns del n; ip link del br5; nft delete table inet x; ip rule del from 10.9.0.0/24 lookup 7
      sysctl -qw net.ipv4.ip_forward=0; sysctl -qw net.ipv4.conf.all.accept_redirects=0
      rm -r /etc/netns/n /var/lib/netwright`);
    const after = await host!.snapshot();
    // The kernel does not give these back by itself (FACTS 42).
    const kept = /^net\.ipv4\.conf\.(all|default|eth0|eth1)\.(accept_redirects|forwarding) = .*$/gm;
    expect(after.replaceAll(kept, '')).toBe(before.replaceAll(kept, ''));
  });

  test.each([
    ['a link', 'ip link add br5 type bridge', 'ip link del br5'],
    ['an address', 'ip addr add 10.9.9.9/32 dev lo', 'ip addr del 10.9.9.9/32 dev lo'],
    ['a route', 'ip route add 10.8.0.0/16 dev eth0 table 77', 'ip route del 10.8.0.0/16 table 77'],
    ['a rule', 'ip -6 rule add from fd00::/8 lookup 7', 'ip -6 rule del from fd00::/8 lookup 7'],
    ['a neighbour', 'ip neigh add 10.60.0.77 lladdr 02:00:00:00:00:01 dev eth0', 'ip neigh del 10.60.0.77 dev eth0'],
    ['a neighbour proxy', 'ip -6 neigh add proxy fd60::99 dev eth0', 'ip -6 neigh del proxy fd60::99 dev eth0'],
    ['a rule of the firewall', 'nft add table ip t; nft add chain ip t c', 'nft delete table ip t'],
    ['a kernel parameter', 'sysctl -qw net.ipv4.ip_default_ttl=63', 'sysctl -qw net.ipv4.ip_default_ttl=64'],
    ['a namespace', 'ip netns add n', 'ip netns del n'],
    ['a file', 'mkdir -p /etc/netns/n; echo a >/etc/netns/n/hosts', 'rm -r /etc/netns'],
  ])('tells %s', async (_, make, undo) => {
    const host = rig.hosts[2]!;
    const before = await host.snapshot();
    await host.sh(make);
    expect(await host.snapshot()).not.toBe(before);
    await host.sh(undo);
    expect(await host.snapshot()).toBe(before);
  });

  test('tells what is inside a namespace', async () => {
    const host = rig.hosts[2]!;
    await host.sh('ip netns add n');
    const before = await host.snapshot();
    await host.sh('ip -n n link set lo up');
    expect(await host.snapshot()).not.toBe(before);
    await host.sh('ip netns del n');
  });
});

test('a rebooted host has its disk, an empty network and another boot_id', async () => {
  const host = rig.hosts[1]!;
  const clean = await host.snapshot();
  await host.sh('echo kept >/var/lib/kept; ip link add br5 type bridge; touch /run/gone');
  const before = host.bootId;
  await host.reboot();
  expect(host.bootId).not.toBe(before);
  expect(await host.sh('cat /var/lib/kept; ls /run/gone 2>/dev/null || true; pgrep sleep -a || true')).toMatch(
    /^kept\n\d+ sleep infinity\n$/,
  );
  expect(await host.snapshot()).toBe(clean);
  expect((await rig.exec(['ssh', '-F', rig.sshConfig, 'h2', 'hostname'])).stdout).toBe('h2\n');
});

test('the ssh server can be made to refuse, to be silent, to be out of reach, and to answer again', async () => {
  const host = rig.hosts[2]!;
  const ssh = async (): Promise<string> => {
    const argv = ['ssh', '-F', rig.sshConfig, '-o', 'ConnectTimeout=1', 'h3', 'hostname'];
    const { stdout, stderr } = await rig.exec(argv);
    return stdout + stderr;
  };
  for (const [mode, words] of [
    ['refused', /refused/],
    ['dropped', /timed out/],
    ['silent', /timed out/],
    ['up', /^h3\n$/],
    ['refused', /refused/],
    ['up', /^h3\n$/],
  ] as const) {
    await host.setSsh(mode);
    expect(await ssh(), mode).toMatch(words);
  }
});

test('a dockerd runs on a host, and a container in it', async () => {
  const [host] = rig.hosts;
  const docker = await host!.startDocker();
  const { stdout, code } = await host!.exec([
    'docker',
    'run',
    '--rm',
    docker.image,
    'ip',
    '-o',
    'addr',
    'show',
    'eth0',
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain('172.17.0.2/16');
  await docker.stop('KILL');
  expect((await host!.exec(['docker', 'ps'])).code).not.toBe(0);
  await docker.start();
  expect((await host!.exec(['docker', 'ps'])).code).toBe(0);
  // Left running, to be ended with the rig.
  await host!.sh(`docker run -d ${docker.image} sleep 600 >/dev/null`);
});

test('a process that a program left behind is no zombie when it ends', async () => {
  const host = rig.hosts[1]!;
  await host.sh('(sleep 0.05 &) </dev/null >/dev/null 2>&1');
  await vi.waitFor(async () => {
    expect(await host.sh('ps -e -o stat=,args= | grep ^Z || true')).toBe('');
  }, 2000);
});

test('several rigs live side by side, and a stopped one leaves nothing', async () => {
  const rigs = await Promise.all([startRig(2), startRig(2), startRig(2)]);
  const pids = rigs.flatMap(({ hosts }) => hosts.map(({ pid }) => pid));
  expect(new Set(pids).size).toBe(6);
  await Promise.all(rigs.map((one) => one.stop()));
  expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  expect(rigs.filter(({ directory }) => existsSync(directory))).toEqual([]);
});

test('a rig whose process is killed leaves nothing either', async () => {
  const code = `import { startRig } from ${JSON.stringify(join(import.meta.dirname, 'rig.ts'))};
    const rig = await startRig(2, { hosts: { h1: { docker: true } } });
    const { image } = await rig.hosts[0].startDocker();
    await rig.hosts[0].sh('docker run -d ' + image + ' sleep 600');
    console.log(JSON.stringify([rig.directory, ...rig.hosts.map(({ pid }) => pid)]));
    setInterval(() => {}, 1000);`;
  const argv = ['--import', 'tsx', '--input-type=module', '-e', code];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve));
  const [directory, ...pids] = JSON.parse(line.toString()) as [string, ...number[]];
  expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual(pids);
  child.kill('SIGKILL');
  const nothing = (): void => {
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    expect(existsSync(directory)).toBe(false);
  };
  await vi.waitFor(nothing, 5000);
});
