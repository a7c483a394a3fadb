import { addressOf, contains, familyOf, hostAt, isLinkLocal, networkOf, prefixOf } from '../address.ts';
import type { Family } from '../address.ts';
import type { Problem } from '../error.ts';
import { placeOf } from '../source.ts';
import { unfit } from './host-address.ts';
import { containerNetworks, poolOf, withPrefix } from './segment.ts';
import type { Attachment, Located, Segment } from './types.ts';

/** What is wrong with one attachment's fixed addresses and gateways; a segment that is not there is told elsewhere. */
export const checkAttachment = (attachment: Located<Attachment>, segment: Segment | undefined): Problem[] =>
  attachment.value.segment !== undefined && segment === undefined
    ? []
    : [...checkAddresses(attachment, segment), ...checkGateways(attachment, segment)];

function checkAddresses({ value, at }: Located<Attachment>, segment: Segment | undefined): Problem[] {
  return value.addresses.flatMap((address, index) => {
    const place = placeOf(at, [...value.path, 'address', index]);
    const cidr = withPrefix(segment, address);
    if (cidr === undefined) return [{ ...outside(address, segment!), place }];
    const networks = segment === undefined ? [] : containerNetworks(segment, familyOf(cidr));
    const around = networks.filter((network) => contains(network, addressOf(cidr)));
    const views = [cidr, ...around.map((network) => `${addressOf(cidr)}/${prefixOf(network)}`)];
    const reason = views.map(unfit).find((each) => each !== undefined);
    return reason ? [{ ...reason, place }] : [];
  });
}

function outside(address: string, segment: Segment): Pick<Problem, 'code' | 'message' | 'hint'> {
  const family = familyOf(address);
  const networks = containerNetworks(segment, family).filter((network) => !isLinkLocal(network));
  const where =
    networks.length === 0 ? `${segment.name} has no IPv${family} subnet` : `it is not inside ${networks.join(' or ')}`;
  return {
    code: 'ADDRESS_OUTSIDE',
    message: `${address} has no prefix, and ${where}`,
    hint: `write the prefix too, such as ${address}/${family === 4 ? 24 : 64}`,
  };
}

function checkGateways({ value, at }: Located<Attachment>, segment: Segment | undefined): Problem[] {
  if (value.gateways === 'none') return [];
  const gateways = value.gateways;
  return gateways.flatMap((gateway, index) => {
    const reason = gatewayProblem(gateway, gateways.slice(0, index), value, segment);
    return reason ? [{ ...reason, place: placeOf(at, [...value.path, 'gateway', index]) }] : [];
  });
}

function gatewayProblem(
  gateway: string,
  before: readonly string[],
  attachment: Attachment,
  segment: Segment | undefined,
): Pick<Problem, 'code' | 'message' | 'hint'> | undefined {
  const family = familyOf(gateway);
  const first = before.find((other) => familyOf(other) === family);
  if (first !== undefined) {
    const message = `${gateway} is a second IPv${family} gateway beside ${first}`;
    return { code: 'TWO_GATEWAYS', message, hint: 'keep one; use a route task for more' };
  }
  if (attachment.addresses.some((address) => addressOf(address) === gateway)) {
    const message = `gateway ${gateway} is the interface's own address`;
    return { code: 'GATEWAY_OWN', message, hint: 'name the other machine, or use `gateway: none`' };
  }
  const subnets = subnetsOf(attachment, segment, family);
  const around = subnets.find((subnet) => contains(subnet, gateway));
  const bad = unfit(`${gateway}/${around === undefined ? (family === 4 ? 32 : 128) : prefixOf(around)}`);
  if (bad) return { ...bad, message: `gateway ${bad.message}` };
  // The kernel knows IPv6 link-local ones to be on the link, but refuses an IPv4 gateway that no route covers.
  if (around !== undefined || attachment.onlink || (family === 6 && isLinkLocal(gateway))) return undefined;
  const where = subnets.length === 0 ? `there is no IPv${family} address` : `not inside ${subnets.join(' or ')}`;
  const example = subnets.map((subnet) => hostAt(subnet, 1)).find((address) => address !== undefined);
  return {
    code: 'GATEWAY_OUTSIDE',
    message: `gateway ${gateway} is out of reach of ${attachment.interface}: ${where}`,
    hint: `${example === undefined ? '' : `use one such as ${example}, or `}say \`onlink: true\` if it is on this link`,
  };
}

/** The subnets that the attachment will be in, by its fixed addresses or else by its segment's pool. */
function subnetsOf(attachment: Attachment, segment: Segment | undefined, family: Family): string[] {
  const fixed = attachment.addresses.filter((address) => familyOf(address) === family);
  if (fixed.length > 0) {
    const cidrs = fixed.map((address) => withPrefix(segment, address)).filter((cidr) => cidr !== undefined);
    return [...new Set(cidrs.map(networkOf))];
  }
  const pool = segment && poolOf(segment, family);
  return pool ? [networkOf(`${addressOf(pool.range)}/${pool.prefix}`)] : [];
}
