// What `npm run quickstart` and `npm test` begin with: needs nothing but Node, npm and, for Debian packages, root.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** Programs and the Debian packages that bring them. */
const PACKAGES = {
  quickstart: { ip: 'iproute2', nft: 'nftables', ping: 'iputils-ping', flock: 'util-linux', nsenter: 'util-linux' },
  test: {
    ip: 'iproute2',
    nft: 'nftables',
    iptables: 'iptables',
    ping: 'iputils-ping',
    traceroute: 'traceroute',
    tcpdump: 'tcpdump',
    flock: 'util-linux',
    nsenter: 'util-linux',
    ps: 'procps',
    sudo: 'sudo',
    ssh: 'openssh-client',
    sshd: 'openssh-server',
    jq: 'jq',
    faketime: 'faketime',
    dnsmasq: 'dnsmasq-base',
    dhclient: 'isc-dhcp-client',
    dhcpcd: 'dhcpcd-base',
    aiosmtpd: 'python3-aiosmtpd',
    // No programs to be called by name, as seen from the folders of those.
    '../lib/python3/dist-packages/pyftpdlib': 'python3-pyftpdlib',
    '../lib/dovecot/imap': 'dovecot-imapd',
    '../lib/dovecot/pop3': 'dovecot-pop3d',
    openssl: 'openssl',
    busybox: 'busybox-static',
    dockerd: 'docker.io',
    'linux.uml': 'user-mode-linux',
    podman: 'podman',
    vagrant: 'vagrant',
    'ansible-inventory': 'ansible-core',
  },
};
/** To ask the real Ansible again, with its collections; see test/template/ansible.test.ts. */
const ASKED_AGAIN = {
  '../lib/python3/dist-packages/ansible_collections/ansible/utils': 'ansible',
  '../lib/python3/dist-packages/jmespath': 'python3-jmespath',
};

const has = (program) =>
  ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((directory) =>
    existsSync(`${directory}/${program}`),
  );

const run = (command, argv, options = {}) => {
  const { status } = spawnSync(command, argv, { stdio: 'inherit', ...options });
  if (status !== 0) process.exit(status ?? 1);
};

function installPackages(wanted) {
  const missing = [...new Set(Object.entries(wanted).flatMap(([program, name]) => (has(program) ? [] : [name])))];
  if (missing.length === 0) return;
  const debian = existsSync('/usr/bin/apt-get');
  if (process.getuid?.() !== 0 || !debian) {
    console.error(`netwright needs these packages: ${missing.join(' ')}`);
    console.error(
      debian ? 'Run this as root, or: apt-get install ' + missing.join(' ') : 'Install them with your package manager.',
    );
    process.exit(4);
  }
  console.error(`Installing ${missing.join(', ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  run('apt-get', ['update', '-qq'], quiet);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], quiet);
}

/** npm's own record of what it installed is newer than the lock file, or has to be made. */
function installModules() {
  const record = 'node_modules/.package-lock.json';
  if (existsSync(record) && statSync(record).mtimeMs >= statSync('package-lock.json').mtimeMs) return;
  console.error('Installing npm packages …');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

const [what, ...rest] = process.argv.slice(2);
if (!Object.hasOwn(PACKAGES, what)) {
  console.error('usage: setup.mjs quickstart | test');
  process.exit(4);
}
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`netwright needs Node 20.19 or newer; this is ${process.versions.node}`);
  process.exit(4);
}
const asksAnsible = what === 'test' && process.env.NETWRIGHT_ANSIBLE === '1';
installPackages({ ...PACKAGES[what], ...(asksAnsible ? ASKED_AGAIN : {}) });
installModules();
run(process.execPath, ['scripts/build.mjs', '--if-stale']);
if (what === 'quickstart') {
  run(process.execPath, ['dist/src/main.js', 'run', 'playbooks/quickstart.yml', ...rest]);
  process.stdout.write(readFileSync('scripts/quickstart.txt'));
} else {
  // The flag is for the test that boots a kernel of its own; see test/net/uml.test.ts.
  for (const script of ['check:types', 'check:lint', 'check:format', 'unit', 'net'])
    run('npm', ['run', '--silent', script], { env: { ...process.env, NETWRIGHT_UML: '1' } });
}
