import { contains, familyOf, isLinkLocal, networkOf, readAddress, readCidr, readMac } from '../address.ts';
import { NetwrightError } from '../error.ts';
import type { Client } from '../objects/lease.ts';
import { impairTask, routeTask, ruleTask } from './tools.ts';

type Task = Readonly<Record<string, unknown>>;

/** What one command line of pipework asks for. */
export interface Line {
  /** As the playbook calls it. */
  readonly guest: string;
  /** As its engine does. */
  readonly container: string;
  /** The bridge that pipework would make. */
  readonly bridge?: { readonly name: string; readonly vlan_filtering?: true } | undefined;
  /** An entry of the container's `networks`. */
  readonly network?: Task | undefined;
  readonly tasks: readonly Task[];
}

/** No YAML of ours does what the command line asks for, and why. */
const noEquivalent = (what: string, why: string, hint?: string): NetwrightError =>
  new NetwrightError({ code: 'NO_EQUIVALENT', message: `pipework ${what}: ${why}`, hint });

interface Words {
  readonly direct: boolean;
  readonly hostIf: string;
  readonly containerIf: string;
  readonly localIf?: string | undefined;
  readonly family?: string | undefined;
  /** The guest, the address, the MAC and VLAN. */
  readonly rest: readonly string[];
}

/** The words after `pipework`, in the one order that it knows. */
export function readLine(words: readonly string[]): Line {
  if (words.includes('--wait')) {
    const why = 'a container is started when its interfaces are there, so there is nothing to wait for';
    throw noEquivalent('--wait', why, 'leave it out; `reach` waits for answers');
  }
  const line = optionsOf(words);
  const { hostIf, rest } = line;
  const [guestName, ...more] = rest;
  if (guestName === undefined) throw noEquivalent(words.join(' '), 'there is no guest', USAGE);
  const guest = guestOf(guestName);
  const who = { guest, container: guestName };
  if (hostIf.startsWith('route')) return { ...who, tasks: [routeTask(guest, more)] };
  if (hostIf.startsWith('rule')) return { ...who, tasks: [ruleTask(guest, more)] };
  if (hostIf.startsWith('tc')) return { ...who, tasks: [impairTask(guest, more)] };
  const [address, last = '', ...surplus] = more;
  if (address === undefined) throw noEquivalent(words.join(' '), 'there is no address', USAGE);
  if (surplus.length > 0) throw noEquivalent(words.join(' '), `"${surplus[0]}" is one word too many`, USAGE);
  const { addressing, gateway } = addressOf(address, line.family);
  const { mac, vlan } = macOf(last);
  if (hostIf.startsWith('dummy')) {
    if (vlan !== undefined) throw noEquivalent('dummy', 'it has no VLAN');
    if ('dhcp' in addressing) throw noEquivalent('dummy', 'nobody answers there', 'give it an address');
    return { ...who, tasks: dummyTasks(guest, line.containerIf, addressing, gateway, mac) };
  }
  const { bridge, on } = carrierOf(line, vlan);
  const network = {
    ...on,
    interface: line.containerIf,
    ...(line.localIf === undefined ? {} : { host_interface: line.localIf }),
    ...(vlan === undefined ? {} : { vlan }),
    ...addressing,
    ...gatewayOf(addressing, gateway),
    ...(mac === undefined ? {} : { mac_address: mac }),
  };
  return { ...who, bridge, network, tasks: [] };
}

const USAGE = 'pipework HOSTIF [-i CONTAINERIF] [-l LOCALIF] [-a FAMILY] GUEST ADDRESS/LENGTH[@GATEWAY] [MAC][@VLAN]';

function optionsOf(words: readonly string[]): Words {
  const left = [...words];
  const direct = left[0] === '--direct-phys';
  if (direct) left.shift();
  const hostIf = left.shift() ?? '';
  const option = (name: string): string | undefined => {
    if (left[0] !== name) return undefined;
    left.shift();
    return left.shift();
  };
  const containerIf = option('-i') ?? 'eth1';
  return { direct, hostIf, containerIf, localIf: option('-l'), family: option('-a'), rest: left };
}

function guestOf(text: string): string {
  // What `docker run` prints, and the part of it that `docker ps` does.
  if (/^([0-9a-f]{12}|[0-9a-f]{64})$/.test(text)) return `c${text.slice(0, 12)}`;
  if (text.startsWith('$'))
    throw noEquivalent(text, 'this is for a shell to replace', 'write the name of the container');
  const name = text.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-');
  if (/^[a-z][a-z0-9-]{0,31}$/.test(name)) return name;
  throw noEquivalent(text, 'a container has a name that begins with a letter, of at most 32 characters');
}

/** What pipework finds out by looking at the host, it can be told by the usual names only. */
function carrierOf(line: Words, vlan: number | undefined): Pick<Line, 'bridge'> & { readonly on: Task } {
  const { hostIf, direct } = line;
  if (hostIf.startsWith('ovs')) {
    throw noEquivalent(hostIf, 'Open vSwitch is not supported', 'use a bridge, with vlan_filtering where it had tags');
  }
  if (/^ib[0-9]/.test(hostIf)) throw noEquivalent(hostIf, 'IP over InfiniBand is not supported');
  if (/^(docker|virbr|lxcbr|lxdbr|podman|cni)[0-9]+$/.test(hostIf)) return { on: { bridge: hostIf, external: true } };
  if (hostIf.startsWith('br')) {
    if (direct) throw noEquivalent('--direct-phys', `${hostIf} is a bridge, which cannot be lent`);
    // What pipework cannot do: a VLAN of a Linux bridge.
    const bridge = { name: hostIf, ...(vlan === undefined ? {} : { vlan_filtering: true as const }) };
    return { bridge, on: { bridge: hostIf } };
  }
  if (line.localIf !== undefined)
    throw noEquivalent('-l', `${hostIf} is no bridge, and so there is no end on the host`);
  return { on: direct ? { physical: hostIf } : { macvlan: hostIf } };
}

interface Addressed {
  readonly addressing: Task & { readonly address?: string };
  readonly gateway?: string | undefined;
}

const CLIENT = /^(dhcp|udhcpc|udhcpc-f|dhclient|dhclient-f|dhcpcd)(?::(.*))?$/;

/** Its clients, of which ours all stay to renew, as there those with -f. */
function askingOf(text: string): Task | undefined {
  const [, client, options = ''] = CLIENT.exec(text) ?? [];
  if (client === undefined) return undefined;
  const words = options.split(/\s+/).filter(Boolean);
  const dhcp = client === 'dhcp' ? true : (client.replace(/-f$/, '') as Client);
  return { dhcp, ...(words.length === 0 ? {} : { dhcp_options: words }) };
}

function addressOf(text: string, family: string | undefined): Addressed {
  const asking = askingOf(text);
  if (asking) return { addressing: asking };
  if (family !== undefined && family !== '4' && family !== '6') {
    throw noEquivalent(`-a ${family}`, 'ip(8) itself takes 4 or 6 only', 'leave it out: the address tells');
  }
  const [written = '', via] = text.split('@', 2);
  const gateway = via === undefined ? undefined : readAddress(via);
  if (via !== undefined && gateway === undefined) throw noEquivalent(text, `${via} is no address of a gateway`);
  if (written === '0/0') return { addressing: { address: 'none' }, gateway };
  const address = readCidr(written);
  if (address === undefined) throw noEquivalent(text, `${written} is no address with its length`, USAGE);
  if (family !== undefined && familyOf(address) !== Number(family)) {
    throw noEquivalent(`-a ${family}`, `${address} is not IPv${family}`);
  }
  return { addressing: { address }, gateway };
}

/** A gateway outside the subnet is on the link: pipework gives it a route of its own. */
function gatewayOf({ address }: Addressed['addressing'], gateway: string | undefined): Task {
  if (gateway === undefined) return {};
  const near = address !== undefined && address !== 'none' && contains(networkOf(address), gateway);
  return { gateway, ...(near || (familyOf(gateway) === 6 && isLinkLocal(gateway)) ? {} : { onlink: true }) };
}

function macOf(text: string): { readonly mac?: string | undefined; readonly vlan?: number | undefined } {
  if (text === '') return {};
  const at = text.lastIndexOf('@');
  const mac = at < 0 ? text : text.slice(0, at);
  const vlan = at < 0 ? undefined : Number(text.slice(at + 1));
  if (vlan !== undefined && !(Number.isInteger(vlan) && vlan > 0 && vlan < 4095)) {
    throw noEquivalent(text, `${text.slice(at + 1)} is no number of a VLAN`);
  }
  if (mac !== '' && !mac.startsWith('U:') && readMac(mac) === undefined) {
    throw noEquivalent(text, `${mac} is neither a MAC address nor U: and a text`);
  }
  return { mac: mac === '' ? undefined : mac, vlan };
}

function dummyTasks(
  container: string,
  name: string,
  { address }: Addressed['addressing'],
  gateway: string | undefined,
  mac: string | undefined,
): Task[] {
  const own = address === undefined || address === 'none' ? {} : { address };
  const dummy = { container, name, ...own, ...(mac === undefined ? {} : { mac_address: mac }) };
  if (gateway === undefined) return [{ dummy }];
  const { onlink } = gatewayOf({ ...own }, gateway);
  const route = { container, to: 'default', via: gateway, dev: name, ...(onlink === undefined ? {} : { onlink }) };
  return [{ dummy }, { route }];
}
