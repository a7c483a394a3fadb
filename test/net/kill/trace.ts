import { readFileSync } from 'node:fs';
import type { Step } from '../../../src/apply/steps.ts';

/** Reads what failpoints.sh wrote down: each step by what it changes, so that equal ones of different runs are equal. */
export function readTrace(file: string, steps: readonly Step[], labels: readonly string[]): string[] {
  const seen = new Map<string, number>();
  const text = readFileSync(file, 'utf8').trimEnd();
  for (const { id } of steps) {
    if (!text.includes(`'step ${id}'|`)) throw new Error(`step ${id} left no trace`);
  }
  return text.split('\n').map((line) => {
    const bar = line.indexOf('|');
    const [mark, command] = [line.slice(0, bar).replaceAll(/['"]/g, ''), line.slice(bar + 1)];
    const [word, id] = mark.split(' ');
    if (word === 'ledger') return `${mark}: ${shapeOf(command)}`;
    if (word === 'done' || word === 'ledger-end') return `the ledger goes: ${shapeOf(command)}`;
    if (word !== 'step') throw new Error(`a step of nobody: ${line}`);
    const step = steps.find((one) => one.id === Number(id))!;
    return `${labelOf(step, command, labels, seen)}: ${shapeOf(command)}`;
  });
}

/** Whose command it is. Lines of `ip`, and writes of parameters, are as many in the trace as in the step. */
function labelOf({ id, commands }: Step, line: string, labels: readonly string[], seen: Map<string, number>): string {
  const sort = line.startsWith('ip ') ? 'ip' : line.includes('/proc/sys') ? 'sysctl' : '';
  const ofSort = commands.filter(({ command }) => command.do === sort);
  const all = ofSort.length > 0 ? ofSort : commands;
  const at = seen.get(`${id} ${sort}`) ?? 0;
  seen.set(`${id} ${sort}`, at + 1);
  const mine = ofSort.length > 0 ? [ofSort[at]!] : all;
  if (!mine[0]) throw new Error(`more than there are in the step: ${line}`);
  return [...new Set(mine.map((one) => labels[one.id]!))].join(', ');
}

/** Without names, addresses and numbers. */
function shapeOf(line: string): string {
  if (line.startsWith('nft {')) return nftShape(line.slice(4));
  if (line.startsWith('ip ')) return ipShape(line.split(' '));
  return line
    .replaceAll(/\S*\/\S+/g, (path) => path.replaceAll(/\/[^/'"]*(nw|eth|lab|web|db)[^/'"]*/g, '/…'))
    .replaceAll(/\b[0-9a-f]*[.:]+[0-9a-f.:]+(\/\d+)?|\b\d+\b/g, '#')
    .slice(0, 60);
}

// What is set matters, and so does what sort of thing it is.
const SET = [
  ...['group', 'alias', 'mtu', 'address', 'master', 'nomaster', 'up', 'down', 'netns', 'name'],
  ...['via', 'onlink', 'isolated', 'nodad'],
];

function ipShape(words: readonly string[]): string {
  const type = words.indexOf('type');
  return [
    ...words.slice(0, 3),
    ...(type > 0 ? words.slice(type + 1, type + 2) : []),
    ...words.slice(3).filter((word) => SET.includes(word)),
    ...(words.some((word) => /^[0-9a-f:]*:[0-9a-f:]*(\/\d+)?$/.test(word) && !/^(..:){5}..$/.test(word))
      ? ['(IPv6)']
      : []),
  ].join(' ');
}

function nftShape(json: string): string {
  const { nftables } = JSON.parse(json) as { nftables: readonly Record<string, Record<string, unknown>>[] };
  const shapes = nftables.flatMap((element) =>
    Object.entries(element).flatMap(([verb, things]) => Object.keys(things).map((thing) => `${verb} ${thing}`)),
  );
  return `nft ${[...new Set(shapes)].join(', ')}`;
}
