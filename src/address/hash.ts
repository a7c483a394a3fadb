import { createHash } from 'node:crypto';
import { remember } from './text.ts';

const digests = new Map<string, Buffer>();

export function digest(text: string): Buffer {
  const known = digests.get(text);
  if (known !== undefined) return known;
  const bytes = createHash('sha256').update(text).digest();
  remember(digests, text, bytes);
  return bytes;
}

/** The link group of a lab: 31 bits (iproute2 takes no more), never 0 (the kernel's default group). */
export const linkGroup = (lab: string): number => digest(`group ${lab}`).readUInt32BE() >>> 1 || 1;

/** RFC 4648, section 6, in lower case. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The name of a veth's end on the host: `nw` and 60 bits of a hash, 14 bytes of the kernel's 15. */
export function hostEndName(lab: string, container: string, interfaceName: string): string {
  const bytes = digest(`veth ${lab}/${container}/${interfaceName}`);
  return `nw${Array.from(bytes.subarray(0, 12), (byte) => BASE32[byte & 31]).join('')}`;
}
