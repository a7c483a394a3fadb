import type { Times } from '../task.ts';

/** What time it is on the host; busybox knows no parts of a second, and leaves their place as it is. */
const NOW = `date '+%s %N %F %T' 2>/dev/null`;

/** Shell assignments: when a program began, and when it ended. */
export const BEGAN = `began=$(${NOW})`;
export const ENDED = `ended=$(${NOW})`;

/** Both, as `readTimes` takes them. */
export const BOTH = '$began / $ended';

/** In Ansible's words; nothing where one of the two is not known. */
export function readTimes(text: string): Times | undefined {
  const [began, ended] = text.split(' / ').map(read);
  if (!began || !ended) return undefined;
  return { start: began.text, end: ended.text, delta: duration(Math.max(0, ended.micros - began.micros)) };
}

function read(text: string): { readonly micros: number; readonly text: string } | undefined {
  const [, seconds, nanos = '', at] = /^(\d{1,12}) (\S*) (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)$/.exec(text.trim()) ?? [];
  if (seconds === undefined) return undefined;
  const part = /^\d{9}$/.test(nanos) ? nanos.slice(0, 6) : '000000';
  return { micros: Number(seconds) * 1_000_000 + Number(part), text: `${at}${withoutZeros(part)}` };
}

/** As Python writes it. */
function duration(micros: number): string {
  const [seconds, part] = [Math.floor(micros / 1_000_000), `${micros % 1_000_000}`.padStart(6, '0')];
  const two = (number: number): string => `${number % 60}`.padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  const before = days === 0 ? '' : `${days} day${days === 1 ? '' : 's'}, `;
  return `${before}${Math.floor(seconds / 3600) % 24}:${two(Math.floor(seconds / 60))}:${two(seconds)}${withoutZeros(part)}`;
}

const withoutZeros = (part: string): string => (part === '000000' ? '' : `.${part}`);
