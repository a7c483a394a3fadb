import { expect } from 'vitest';
import type { Kernel } from '../kernel.ts';
import { until } from '../rig.ts';

/** What the playground's own README shows: the way to the company's server, its distance, names, services, routes. */
export async function fopnp(kernel: Kernel): Promise<void> {
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
  await services(h4);
  // Two homes with one subnet: who asks is the modem, and nobody gets in.
  expect(await h4.pings('10.130.1.4')).toBe(true);
  expect(await h4.pings('192.168.1.11')).toBe(false);
  expect(await inside('www').pings('192.168.1.11')).toBe(false);
}

async function names(from: Kernel): Promise<void> {
  const asked = async (type: string, name: string): Promise<string> =>
    (await from.run(['busybox', 'nslookup', `-type=${type}`, name, '10.1.1.1'])).stdout;
  expect(await asked('a', 'www.example.com')).toContain('Address: 10.130.1.4');
  expect(await asked('a', 'modemA.example.com')).toContain('Address: 10.25.1.65');
  expect(await asked('mx', 'example.com')).toContain('mail exchanger = 50 mail.example.com');
  expect(await asked('cname', 'smtp.example.com')).toContain('canonical name = mail.example.com');
}

async function services(from: Kernel): Promise<void> {
  const says = async (address: string, port: number, ask = ''): Promise<string> => {
    const line = `exec 3<>/dev/tcp/${address}/${port}; printf '%b' '${ask}' >&3; timeout 2 head -c 200 <&3`;
    return (await from.run(['timeout', '5', 'bash', '-c', line])).stdout;
  };
  for (const [address, port, answer, ask] of [
    ['10.130.1.2', 21, /^220 pyftpdlib/, 'QUIT\\r\\n'],
    ['10.130.1.2', 23, /ftp\.example\.com/, ''],
    ['10.130.1.3', 25, /^220 mail\.example\.com [^]*221 /, 'QUIT\\r\\n'],
    ['10.130.1.4', 80, /^HTTP\/1\.1 200 OK/, 'GET /BSD HTTP/1.0\\r\\n\\r\\n'],
  ] as const) {
    await until(async () => answer.test(await says(address, port, ask)), 20_000, `${address}:${port} answers`);
  }
}
