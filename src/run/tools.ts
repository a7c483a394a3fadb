import { NetwrightError, printable } from '../error.ts';
import { ESSENTIAL, PACKAGES, type Section } from '../gather.ts';

/** Programs that a host said it lacks, as `flock (util-linux)`. */
export const lacking = (section: Section | undefined): string[] =>
  (section?.text ?? '')
    .split('\n')
    .filter((name) => Object.hasOwn(PACKAGES, name))
    .map((name) => `${name} (${PACKAGES[name]!})`);

/** Refuses a host that lacks what everything needs. */
export function assertTools(host: string, sections: readonly Section[]): void {
  const all = lacking(sections.find(({ name }) => name === 'missing'));
  const missing = all.filter((text) => ESSENTIAL.includes(text.split(' ', 1)[0]!));
  if (missing.length === 0) return;
  throw new NetwrightError({
    code: 'MISSING_PROGRAM',
    message: `${printable(host)} lacks ${missing.join(', ')}`,
    hint: 'install the packages in brackets (Debian names); netwright doctor shows what else is missing',
  });
}
