import { address, addressOrCidr, addressOrNetwork, cidr, network } from './address-formats.ts';
import type { Format } from './format.ts';
import {
  anyInterface,
  carrier,
  domain,
  endpoint,
  hostname,
  mac,
  macOrText,
  name,
  newInterface,
  path,
  user,
  word,
} from './name-formats.ts';

/** Every format that a kind's schema may name. */
export const formats: Readonly<Record<string, Format>> = {
  ipv4: address('an IPv4 address', 4),
  ipv6: address('an IPv6 address', 6),
  address: address('an IPv4 or IPv6 address'),
  cidr4: cidr('an IPv4 address with its prefix length', 4),
  cidr6: cidr('an IPv6 address with its prefix length', 6),
  cidr: cidr('an address with its prefix length'),
  addressOrCidr: addressOrCidr('an address with or without a prefix length'),
  addressOrNetwork: addressOrNetwork('an address or a network'),
  network4: network('an IPv4 network', 4),
  network6: network('an IPv6 network', 6),
  network: network('a network'),
  interface: newInterface,
  device: anyInterface,
  carrier,
  mac,
  macOrText,
  name,
  path,
  user,
  hostname,
  domain,
  word,
  endpoint,
};
