import { interfaceFacts } from './system-net.ts';

/** Facts of a host under Ansible's names, without the prefix `ansible_`. */
export type SystemFacts = Readonly<Record<string, unknown>>;

/** What the sections of SYSTEM_SCRIPT say, by the name after `system`; and the links as `ip -j -d addr` shows them. */
export function parseSystem(sections: ReadonlyMap<string, string>, links: string): SystemFacts {
  const of = (name: string): string[] => (sections.get(name) ?? '').trim().split('\n');
  const files = filesOf(of('files'));
  const file = (path: string): string[] => files.get(path) ?? [];
  const release = assignments(file('/etc/os-release'));
  return {
    ...kernel(of('')),
    ...distribution(release, file('/etc/debian_version')[0]),
    ...names(of('')[1] ?? '', of('name')[0] ?? ''),
    ...memory(file('/proc/meminfo')),
    ...processors(file('/sys/devices/system/cpu/present')[0] ?? '', Number(of('')[2])),
    ...managers(of('has'), file('/proc/1/comm')[0] ?? ''),
    ...user(of('user')),
    ...keys(files),
    date_time: time(of('time')),
    dns: resolver(file('/etc/resolv.conf')),
    machine_id: file('/etc/machine-id')[0] ?? '',
    uptime_seconds: Math.floor(Number((file('/proc/uptime')[0] ?? '').split(' ')[0])),
    system_vendor: file('/sys/class/dmi/id/sys_vendor')[0] ?? 'NA',
    product_name: file('/sys/class/dmi/id/product_name')[0] ?? 'NA',
    ...interfaceFacts(links, sections.get('way 4') ?? '', sections.get('way 6') ?? ''),
  };
}

function filesOf(lines: readonly string[]): Map<string, string[]> {
  const files = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const path = line.slice(0, colon);
    files.set(path, [...(files.get(path) ?? []), line.slice(colon + 1)]);
  }
  return files;
}

/** `NAME="a text"`, as os-release has it. */
const assignments = (lines: readonly string[]): Partial<Record<string, string>> =>
  Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value = ''] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value.replaceAll(/^["']|["']$/g, '')]];
    }),
  );

function kernel([line = '']: readonly string[]) {
  const [system = '', nodename = '', release = '', ...rest] = line.split(' ');
  const machine = rest.at(-1) ?? '';
  const bits = machine.includes('64') ? '64' : '32';
  return {
    system,
    nodename,
    kernel: release,
    kernel_version: rest.slice(0, -1).join(' '),
    machine,
    architecture: machine,
    userspace_bits: bits,
  };
}

/** Ansible's name for a distribution, and for those that it counts with it. */
const DISTRIBUTIONS: Readonly<Record<string, readonly [name: string, family: string]>> = {
  debian: ['Debian', 'Debian'],
  ubuntu: ['Ubuntu', 'Debian'],
  raspbian: ['Debian', 'Debian'],
  linuxmint: ['Linux Mint', 'Debian'],
  kali: ['Kali', 'Debian'],
  devuan: ['Devuan', 'Debian'],
  pop: ['Pop!_OS', 'Debian'],
  rhel: ['RedHat', 'RedHat'],
  centos: ['CentOS', 'RedHat'],
  fedora: ['Fedora', 'RedHat'],
  rocky: ['Rocky', 'RedHat'],
  almalinux: ['AlmaLinux', 'RedHat'],
  ol: ['OracleLinux', 'RedHat'],
  amzn: ['Amazon', 'RedHat'],
  alpine: ['Alpine', 'Alpine'],
  arch: ['Archlinux', 'Archlinux'],
  'opensuse-leap': ['openSUSE Leap', 'Suse'],
  'opensuse-tumbleweed': ['openSUSE Tumbleweed', 'Suse'],
  sles: ['SLES', 'Suse'],
  gentoo: ['Gentoo', 'Gentoo'],
};

function distribution(release: Partial<Record<string, string>>, debian: string | undefined) {
  const { ID = '', NAME = '', VERSION_ID = '', VERSION_CODENAME } = release;
  const known = Object.hasOwn(DISTRIBUTIONS, ID) ? DISTRIBUTIONS[ID] : undefined;
  const [name, family] = known ?? [NAME.split(' ')[0] ?? '', NAME.split(' ')[0] ?? ''];
  // Debian says its point release in a file of its own, and nothing of the sort while it is being made.
  const version = name === 'Debian' && debian !== undefined && /^\d/.test(debian) ? debian : VERSION_ID;
  const [major = '', minor] = version.split('.');
  return {
    distribution: name,
    distribution_version: version,
    distribution_major_version: major,
    ...(minor === undefined || name !== 'Debian' ? {} : { distribution_minor_version: minor }),
    distribution_release: VERSION_CODENAME ?? 'NA',
    os_family: family,
  };
}

/** The first of the names with a domain is the whole one, as for Python's `getfqdn`. */
function names(nodename: string, found: string) {
  const [, ...known] = found.split(/\s+/);
  const fqdn = known.find((name) => name.includes('.')) ?? known[0] ?? nodename;
  return { hostname: nodename.split('.')[0], fqdn, domain: fqdn.split('.').slice(1).join('.') };
}

function memory(lines: readonly string[]) {
  const megabytes = (name: string): number => {
    const line = lines.find((one) => one.startsWith(`${name}:`));
    return Math.floor(Number(/\d+/.exec(line ?? '0')?.[0]) / 1024);
  };
  return {
    memtotal_mb: megabytes('MemTotal'),
    memfree_mb: megabytes('MemFree'),
    swaptotal_mb: megabytes('SwapTotal'),
    swapfree_mb: megabytes('SwapFree'),
  };
}

/** `present` as the kernel writes ranges: `0-3,5`. */
function processors(present: string, nproc: number) {
  const all = present.split(',').reduce((sum, range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return sum + last - first + 1;
  }, 0);
  return { processor_vcpus: all, processor_nproc: nproc };
}

const PACKAGE_MANAGERS = { 'apt-get': 'apt', dnf: 'dnf', yum: 'yum', zypper: 'zypper', apk: 'apk', pacman: 'pacman' };

function managers(has: readonly string[], first: string) {
  const programs = new Set(has.map((line) => line.slice(line.lastIndexOf('/') + 1)));
  const manager = Object.entries(PACKAGE_MANAGERS).find(([program]) => programs.has(program))?.[1];
  // A shell or a nameless init says nothing; else the first process is what manages the others.
  const isTelling = first !== '' && first !== 'init' && !first.endsWith('sh');
  const others = ['systemd', 'openrc'].find((one) => programs.has(one));
  const services = isTelling ? first : (others ?? (programs.has('init.d') ? 'sysvinit' : 'service'));
  return { pkg_mgr: manager ?? 'unknown', service_mgr: services };
}

function user([uid = '', gid = '', line = '', ...env]: readonly string[]) {
  const [name = '', , , , gecos = '', home = '', shell = ''] = line.split(':');
  const [HOME = '', PATH = ''] = env;
  return {
    user_id: name,
    user_uid: Number(uid),
    user_gid: Number(gid),
    user_gecos: gecos,
    user_dir: home,
    user_shell: shell,
    env: { HOME, PATH, USER: name, SHELL: shell },
  };
}

/** The host's own public keys, for a known_hosts file. */
function keys(files: ReadonlyMap<string, readonly string[]>): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [path, [line = '']] of files) {
    const [, sort] = /^\/etc\/ssh\/ssh_host_([a-z0-9]+)_key\.pub$/.exec(path) ?? [];
    const [type = '', key = ''] = line.split(' ');
    if (sort !== undefined) {
      all[`ssh_host_key_${sort}_public`] = key;
      all[`ssh_host_key_${sort}_public_keytype`] = type;
    }
  }
  return all;
}

function time([line = '', utc = '']: readonly string[]) {
  const [date = '', clock = '', epoch = '', tz = '', offset = '', weekday = '', number = ''] = line.split(' ');
  const [year = '', month = '', day = ''] = date.split('-');
  const [hour = '', minute = '', second = ''] = clock.split(':');
  return {
    ...{ date, year, month, day, time: clock, hour, minute, second },
    ...{ epoch, epoch_int: epoch, tz, tz_offset: offset, weekday, weekday_number: `${Number(number) % 7}` },
    iso8601: utc,
    iso8601_basic_short: `${year}${month}${day}T${hour}${minute}${second}`,
  };
}

function resolver(lines: readonly string[]) {
  const values = (word: string): string[] =>
    lines.flatMap((line) => {
      const [first, ...rest] = line.trim().split(/\s+/);
      return first === word ? rest : [];
    });
  const [domain] = values('domain');
  const options = values('options').map((one): [string, unknown] => {
    const [name = '', value] = one.split(':');
    return [name, value ?? true];
  });
  return {
    ...(values('nameserver').length === 0 ? {} : { nameservers: values('nameserver') }),
    ...(domain === undefined ? {} : { domain }),
    ...(values('search').length === 0 ? {} : { search: values('search') }),
    ...(options.length === 0 ? {} : { options: Object.fromEntries(options) }),
  };
}
