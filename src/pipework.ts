import { splitWords } from './command.ts';
import { NetwrightError } from './error.ts';
import { readLine, type Line } from './pipework/line.ts';

export type { Line } from './pipework/line.ts';

type Task = Readonly<Record<string, unknown>>;

/** Who runs the guests. */
export const RUNTIMES = ['docker', 'podman', 'netns'] as const;
export type Runtime = (typeof RUNTIMES)[number];

/**
 * A play, as plain data, that does what these command lines of pipework do: to containers that an engine runs already, or
 * to namespaces that the play makes.
 */
export function importPipework(lines: readonly string[], runtime: Runtime = 'docker'): Task {
  const read = lines.map((line) => readLine(wordsOf(line)));
  const bridges = new Map<string, Line['bridge']>();
  for (const { bridge } of read) {
    if (bridge !== undefined) bridges.set(bridge.name, { ...bridges.get(bridge.name), ...bridge });
  }
  const guests = new Map(read.map(({ guest, container }) => [guest, container]));
  const networksOf = (name: string): Task[] =>
    read.flatMap(({ guest, network }) => (guest === name && network !== undefined ? [network] : []));
  return {
    hosts: 'localhost',
    lab: 'pipework',
    tasks: [
      ...[...bridges.values()].map((bridge) => ({ bridge })),
      ...[...guests].map(([name, container]) => {
        const found = networksOf(name);
        const networks = found.length === 0 ? {} : { networks: found };
        if (runtime === 'netns') return { container: { name, ...networks } };
        const where = { ...(container === name ? {} : { container }), ...(runtime === 'docker' ? {} : { runtime }) };
        // A gateway takes the place of the default route that the engine gave, until that is given back.
        const adopt = found.some(({ gateway }) => gateway !== undefined) ? { adopt: true } : {};
        return { attach: { name, ...where, ...networks }, ...adopt };
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
