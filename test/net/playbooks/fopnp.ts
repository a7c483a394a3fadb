import { expect } from 'vitest';
import type { Kernel } from '../kernel.ts';
import { until, type RigHost } from '../rig.ts';

/** What the playground's own README shows: the way to the company's server, its distance, names, services, routes. */
export async function fopnp(kernel: Kernel, host: RigHost): Promise<void> {
  const inside = (name: string): Kernel => kernel.in(`fopnp-${name}`);
  const [h1, h4] = [inside('h1'), inside('h4')];
  const { stdout: hops } = await h1.run(['traceroute', '-n', '-q', '1', '-w', '2', '10.130.1.4']);
  const way = [...hops.matchAll(/^ *\d+ {2}(\S+)/gm)].map(([, hop]) => hop);
  expect(way).toEqual(['192.168.1.1', '10.25.1.1', '10.1.1.1', '10.130.1.1', '10.130.1.4']);
  expect((await h1.run(['ping', '-n', '-c', '1', '10.130.1.4'])).stdout).toContain('ttl=60');
  expect(await inside('www').routes(4)).toEqual(['default via 10.130.1.1 dev eth0']);
  expect(await inside('isp').routes(4)).toEqual([
    '10.1.1.1 dev eth0',
    '10.25.1.65 dev eth1',
    '10.25.1.66 dev eth2',
    'default via 10.1.1.1 dev eth0',
  ]);
  await names(h4);
  await services(host, 'h4');
  expect(await openPorts(h1, '10.130.1.3'), 'of mail, as nmap shows them there').toEqual([22, 25, 110, 143, 993, 995]);
  await remoteLogin(host);
  // Two homes with one subnet: who asks is the modem, and nobody gets in.
  expect(await h4.pings('10.130.1.4')).toBe(true);
  expect(await h4.pings('192.168.1.11')).toBe(false);
  expect(await inside('www').pings('192.168.1.11')).toBe(false);
  // The provider's /16 has them look for each other on their own lines, as there.
  expect(await inside('modem-a').pings('10.25.1.66')).toBe(false);
  expect(await h4.pings('172.30.220.2'), 'round by way of the host').toBe(false);
}

async function names(from: Kernel): Promise<void> {
  const asked = async (type: string, name: string): Promise<string> =>
    (await from.run(['busybox', 'nslookup', `-type=${type}`, name, '10.1.1.1'])).stdout;
  expect(await asked('a', 'www.example.com')).toContain('Address: 10.130.1.4');
  expect(await asked('a', 'modemA.example.com')).toContain('Address: 10.25.1.65');
  expect(await asked('mx', 'example.com')).toContain('mail exchanger = 50 mail.example.com');
  expect(await asked('cname', 'smtp.example.com')).toContain('canonical name = mail.example.com');
}

const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join('');

const GET = lines('GET /BSD HTTP/1.0', '');
const POST = lines(
  ...['EHLO h4', 'MAIL FROM:<a@h4.example.com>', 'RCPT TO:<brandon@example.com>', 'DATA'],
  ...['Subject: playground', '', 'hello', '.', 'QUIT'],
);
const POP = lines('USER brandon', 'PASS abc123', 'RETR 1', 'QUIT');
const IMAP = lines('a LOGIN brandon abc123', 'b SELECT INBOX', 'c FETCH 1 BODY[]', 'd LOGOUT');
const READ = /Subject: playground[^]*hello/;

/** What a server says to a client that knows it by its name; over TLS its certificate has to be for that name. */
async function services(host: RigHost, from: string): Promise<void> {
  const within = (line: string, input: string) =>
    host.exec(['ip', 'netns', 'exec', `fopnp-${from}`, 'bash', '-c', line], { input });
  const says = async (name: string, port: number, ask: string): Promise<string> => {
    const plain = `exec 3<>/dev/tcp/${name}/${port}; cat >&3; timeout 3 head -c 4000 <&3`;
    const checked = `-CAfile /run/fopnp/ca.pem -verify_hostname ${name} -verify_return_error`;
    const secure = `{ cat; sleep 2; } | openssl s_client -quiet -connect ${name}:${port} ${checked}`;
    return (await within(`timeout 9 bash -c '${[443, 993, 995].includes(port) ? secure : plain}'`, ask)).stdout;
  };
  for (const [name, port, ask, answer] of [
    ['ftp.example.com', 21, lines('QUIT'), /^220 pyftpdlib/],
    ['ftp', 23, '', /ftp\.example\.com/],
    ['mail', 25, POST, /^220 mail\.example\.com [^]*354 [^]*250 OK[^]*221 /],
    ['mail.example.com', 110, POP, READ],
    ['mail.example.com', 995, POP, READ],
    ['mail.example.com', 143, IMAP, READ],
    ['mail.example.com', 993, IMAP, READ],
    ['www', 80, GET, /^HTTP\/1\.1 200 OK/],
    ['www.example.com', 443, GET, /^HTTP\/1\.0 200 ok[^]*Redistribution/],
  ] as const) {
    await until(async () => answer.test(await says(name, port, ask)), 20_000, `${name}:${port} answers`);
  }
}

async function openPorts(from: Kernel, address: string): Promise<number[]> {
  const scan = 'for p in $(seq 1 1024); do (: <"/dev/tcp/$0/$p") 2>/dev/null && echo "$p"; done; true';
  return (await from.run(['bash', '-c', scan, address])).stdout.trim().split('\n').map(Number);
}

/** To a home from the host, as the playground's ssh-config has it; and from there to nodes by their names. */
async function remoteLogin(host: RigHost): Promise<void> {
  const ssh = 'ssh -q -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -i /run/fopnp/id';
  for (const number of [1, 2, 3, 4]) {
    expect(await host.sh(`${ssh} -p 220${number} 127.0.0.1 hostname`)).toBe(`h${number}\n`);
  }
  for (const name of ['modemA', 'modemB', 'isp', 'backbone', 'example.com', 'ftp', 'mail', 'www']) {
    const said = await host.sh(`ip netns exec fopnp-${name === 'modemB' ? 'h4' : 'h1'} ${ssh} ${name} hostname`);
    expect(said, name).toMatch(new RegExp(`^${name}(\\.example\\.com)?\n$`));
  }
}
