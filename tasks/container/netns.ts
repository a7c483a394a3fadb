import { addressOf } from '../../src/address.ts';
import { forwarding, forwardingFamily } from '../../src/objects/forwarding.ts';
import { file } from '../../src/objects/file.ts';
import { loopback } from '../../src/objects/loopback.ts';
import { netns } from '../../src/objects/netns.ts';
import { process } from '../../src/objects/process.ts';
import { sysctl } from '../../src/objects/sysctl.ts';
import type { Wanted } from '../../src/object.ts';
import type { Context } from '../../src/task.ts';
import { attachmentObjects } from '../attachment.ts';
import { list } from '../options.ts';
import { joined, type ContainerOptions } from './options.ts';

/** A container that is a network namespace and, with a command, a process. */
export function netnsObjects(args: ContainerOptions, context: Context): Wanted[] {
  const { name, networks, ip_forward, command, hostname, network_mode: mode } = args;
  const scope = context.scope(name);
  const program = command === undefined ? [] : [process(scope, { argv: command, hostname })];
  // The network is somebody else's, and so is all that belongs to it.
  if (mode === 'host' || joined(args) !== undefined) return program;
  const wanted: Wanted[] = [
    netns(scope),
    ...networks.flatMap((network, index) => attachmentObjects(name, network, index, context)),
    // A new namespace may inherit forwarding from the machine; a sysctl task may still ask for it.
    ...([4, 6] as const).map((family) => ({
      ...forwarding(scope, family, ip_forward ?? false),
      weak: ip_forward === undefined,
    })),
    ...parameters(args, scope),
    // All that is inside comes after the attachments, which the host makes: so it is one step.
    loopback(scope),
  ];
  const hosts = hostsFile(args, context);
  const resolver = resolvConf(args);
  if (hosts !== undefined) wanted.push(file(`/etc/netns/${scope}/hosts`, hosts));
  if (resolver !== undefined) wanted.push(file(`/etc/netns/${scope}/resolv.conf`, resolver));
  return [...wanted, ...program];
}

const parameters = ({ sysctls }: ContainerOptions, scope: string): Wanted[] =>
  Object.entries(sysctls).map(([name, value]) => {
    const key = name.replaceAll('.', '/');
    const family = forwardingFamily(key);
    return family === undefined ? sysctl(scope, key, `${value}`) : forwarding(scope, family, `${value}` === '1');
  });

/** As Docker writes it: localhost, the container's own name, then the extra hosts. */
function hostsFile({ name, networks, hostname, extra_hosts }: ContainerOptions, { assigned }: Context) {
  if (hostname === undefined && extra_hosts === undefined) return undefined;
  const own = networks.flatMap((network, index) => assigned(name, network.interface ?? `eth${index}`).addresses);
  const names = hostname === undefined ? name : [hostname, hostname.split('.')[0]].filter(unique).join(' ');
  return [
    '127.0.0.1 localhost',
    '::1 localhost ip6-localhost ip6-loopback',
    ...own.map((cidr) => `${addressOf(cidr)} ${names}`),
    ...(extra_hosts ?? []).map((entry) => {
      const colon = entry.indexOf(':');
      return `${entry.slice(colon + 1)} ${entry.slice(0, colon)}`;
    }),
    '',
  ].join('\n');
}

const unique = <T>(value: T, index: number, all: readonly T[]): boolean => all.indexOf(value) === index;

/** Without any of the three options the host's own file counts, as `ip netns exec` has it. */
function resolvConf({ dns, dns_search, dns_opt }: ContainerOptions): string | undefined {
  if (dns === undefined && dns_search === undefined && dns_opt === undefined) return undefined;
  const search = list(dns_search).filter((domain) => domain !== '.');
  const options = list(dns_opt);
  return [
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}`]),
    ...list(dns).map((server) => `nameserver ${server}`),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
    '',
  ].join('\n');
}
