import { splitWords } from './command.ts';
import { NetwrightError } from './error.ts';
import { readLine, type Line } from './pipework/line.ts';

export type { Line } from './pipework/line.ts';

type Task = Readonly<Record<string, unknown>>;

/** A play, as plain data, that does what these command lines of pipework do. */
export function importPipework(lines: readonly string[]): Task {
  const read = lines.map((line) => readLine(wordsOf(line)));
  const bridges = new Map<string, Line['bridge']>();
  for (const { bridge } of read) {
    if (bridge !== undefined) bridges.set(bridge.name, { ...bridges.get(bridge.name), ...bridge });
  }
  const guests = [...new Set(read.map(({ guest }) => guest))];
  const networksOf = (name: string): Task[] =>
    read.flatMap(({ guest, network }) => (guest === name && network !== undefined ? [network] : []));
  return {
    hosts: 'localhost',
    lab: 'pipework',
    tasks: [
      ...[...bridges.values()].map((bridge) => ({ bridge })),
      ...guests.map((name) => {
        const networks = networksOf(name);
        return { container: { name, ...(networks.length === 0 ? {} : { networks }) } };
      }),
      ...read.flatMap(({ tasks }) => tasks),
    ],
  };
}

function wordsOf(line: string): string[] {
  const words = splitWords(line);
  if (words === undefined) {
    throw new NetwrightError({ code: 'BAD_FORMAT', message: `a quote is not closed: ${line}` });
  }
  const at = words.findIndex((word) => /(^|\/)pipework$/.test(word));
  return words.slice(at + 1);
}
