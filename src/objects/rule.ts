import type { Command, Scope } from '../command.ts';
import type { Family, PolicyRule, World } from '../facts/world.ts';
import type { ObjectType, Wanted } from '../object.ts';
import { lacking } from './capability.ts';
import { ROUTE_PROTOCOL } from './route.ts';

interface Rule {
  readonly family: Family;
  readonly priority: number;
  /** The words of `ip rule add` in the order in which the facts have them. */
  readonly words: readonly string[];
}

/** A rule of policy routing: which table is asked for which packets. */
export const rule = (scope: Scope, data: Rule): Wanted<Rule> => ({ type: 'rule', scope, data });

const find = (world: World, scope: Scope, { family, priority, words }: Rule): PolicyRule | undefined =>
  world.rules[scope]?.find(
    (one) => one.family === family && one.priority === priority && one.words.join(' ') === words.join(' '),
  );

const name = ({ priority, words }: Rule): string => `rule ${priority} ${words.join(' ')}`;

function command(verb: 'add' | 'del', scope: Scope, { family, priority, words }: Rule): Command {
  const argv = ['rule', verb, 'priority', `${priority}`, ...words, 'protocol', ROUTE_PROTOCOL];
  // Words alone do not tell the family, and a batch of `ip` has one for all its lines.
  return family === 4 ? { do: 'ip', scope, argv } : { do: 'run', scope, argv: ['ip', '-6', ...argv] };
}

const forget = (world: World, scope: Scope, data: Rule): void => {
  const found = find(world, scope, data);
  world.rules[scope] = (world.rules[scope] ?? []).filter((one) => one !== found);
};

const learn = (world: World, scope: Scope, data: Rule): void => {
  (world.rules[scope] ??= []).push({ ...data, protocol: ROUTE_PROTOCOL });
};

export const ruleType: ObjectType<Rule> = {
  type: 'rule',
  volatile: true,
  shared: false,
  id: ({ family, priority, words }) => `${family} ${priority} ${words.join(' ')}`,
  reads: ({ scope, data: { family } }) => [
    { fact: 'rules', scope },
    { fact: 'capability', name: family === 4 ? 'policy_routing' : 'policy_routing_ipv6' },
  ],
  diff({ scope, data }, { world }) {
    if (find(world, scope, data)) return [];
    const lack = lacking(world, data.family === 4 ? 'policy_routing' : 'policy_routing_ipv6', name(data));
    if (lack) return lack;
    return [
      {
        verb: '+',
        what: name(data),
        why: 'missing',
        commands: [command('add', scope, data)],
        undo: [command('del', scope, data)],
        effect: (after) => {
          learn(after, scope, data);
        },
      },
    ];
  },
  before({ scope, data }, { world, entry }) {
    return entry === undefined && find(world, scope, data) ? 'foreign' : {};
  },
  remove({ scope, data }, { world }) {
    if (find(world, scope, data)?.protocol !== ROUTE_PROTOCOL) return [];
    return [
      {
        verb: '-',
        what: name(data),
        why: 'remove',
        commands: [command('del', scope, data)],
        undo: [command('add', scope, data)],
        effect: (after) => {
          forget(after, scope, data);
        },
      },
    ];
  },
};
