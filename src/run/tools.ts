import { NetwrightError, printable } from '../error.ts';
import { ESSENTIAL, packageOf, WRITABLE, type Section } from '../gather.ts';

/** What a host said it lacks, as `flock (util-linux)`. */
export function lacking(sections: readonly Section[]): string[] {
  const textOf = (name: string): string | undefined => sections.find((one) => one.name === name)?.text;
  const named = (textOf('missing') ?? '')
    .split('\n')
    .filter((name) => name === WRITABLE || packageOf(name) !== undefined);
  const links = textOf('net ');
  // There is always a loopback: what came to its end and names none is busybox, or too old to speak JSON.
  const isWhole = links !== undefined && sections.at(-1)?.name !== 'net ';
  const isOther = isWhole && !named.includes('ip') && !links.includes('"ifname"');
  return [
    ...(isOther ? [`ip -json (${packageOf('ip')!})`] : []),
    ...named.map((name) => (name === WRITABLE ? `${name} (for reading only)` : `${name} (${packageOf(name)!})`)),
  ];
}

/** Refuses a host that lacks what everything needs. */
export function assertTools(host: string, sections: readonly Section[]): void {
  const all = lacking(sections);
  const missing = all.filter((text) => ESSENTIAL.includes(text.split(' ', 1)[0]!));
  if (missing.length === 0) return;
  throw new NetwrightError({
    code: 'MISSING_PROGRAM',
    message: `${printable(host)} lacks ${missing.join(', ')}`,
    hint: 'install the packages in brackets (Debian names); netwright doctor shows what else is missing',
  });
}
