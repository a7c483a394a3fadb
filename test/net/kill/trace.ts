import { readFileSync } from 'node:fs';
import type { Command } from '../../../src/command.ts';
import type { Step } from '../../../src/apply/steps.ts';

/** Reads what failpoints.sh wrote down: each step by what it changes, so that equal ones of different runs are equal. */
export function readTrace(file: string, steps: readonly Step[]): string[] {
  let within = '';
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('# ')) {
        within = contextOf(line.slice(2).replaceAll(/['"]/g, ''), steps) ?? within;
        return [];
      }
      return [`${within}: ${shapeOf(line)}`];
    });
}

function contextOf(mark: string, steps: readonly Step[]): string | undefined {
  const [word, id] = mark.split(' ');
  if (word === 'ledger') return mark;
  if (word === 'ledger-end') return 'the ledger goes';
  if (word !== 'step') return undefined;
  const { command } = steps.find((step) => step.id === Number(id))!.commands[0]!;
  return within(command);
}

const within = (command: Command): string => {
  if (command.do === 'run')
    return `run ${command.argv
      .filter((word) => /^[a-z][a-z-]*$/.test(word))
      .slice(0, 3)
      .join(' ')}`;
  return 'scope' in command && command.scope !== '' ? `${command.do} in a namespace` : command.do;
};

/** Without names, addresses and numbers. */
function shapeOf(line: string): string {
  if (line.startsWith('nft {')) return nftShape(line.slice(4));
  if (line.startsWith('ip ')) return ipShape(line.split(' '));
  return line
    .replaceAll(/\S*\/\S+/g, (path) => path.replaceAll(/\/[^/'"]*(nw|eth|lab|web|db)[^/'"]*/g, '/…'))
    .slice(0, 60);
}

function ipShape(words: readonly string[]): string {
  const type = words.indexOf('type');
  // What is set matters, and so does what sort of thing it is.
  const set = [
    'group',
    'alias',
    'mtu',
    'address',
    'master',
    'nomaster',
    'up',
    'down',
    'netns',
    'via',
    'onlink',
    'isolated',
    'nodad',
  ];
  return [
    ...words.slice(0, 3),
    ...(type > 0 ? words.slice(type + 1, type + 2) : []),
    ...words.slice(3).filter((word) => set.includes(word)),
    ...(words.some((word) => word.includes(':')) ? ['(IPv6)'] : []),
  ].join(' ');
}

function nftShape(json: string): string {
  const { nftables } = JSON.parse(json) as { nftables: readonly Record<string, Record<string, unknown>>[] };
  const shapes = nftables.flatMap((element) =>
    Object.entries(element).flatMap(([verb, things]) => Object.keys(things).map((thing) => `${verb} ${thing}`)),
  );
  return `nft ${[...new Set(shapes)].join(', ')}`;
}
