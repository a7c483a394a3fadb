import { HOST } from '../command.ts';
import type { Nft } from '../facts/nft.ts';
import { sysctlFact, type Family, type World } from '../facts/world.ts';
import type { Change, Ground, ObjectType, Verdict, Wanted } from '../object.ts';
import { refuse } from '../object.ts';

interface Flow {
  readonly family: Family;
  /** Only from this network. */
  readonly from?: string | undefined;
  readonly in?: string | undefined;
  readonly out?: string | undefined;
  /** Only to this address and port. */
  readonly to?: { readonly address: string; readonly protocol: string; readonly port: string } | undefined;
  /** Only answers to what went out before. */
  readonly answers?: boolean | undefined;
  /** Not into Docker's own networks, unless a published port leads there: what Docker keeps apart stays apart. */
  readonly isolated?: boolean | undefined;
}

/**
 * Packets that the playbook declares must be able to cross this host. No accept in a table of our own overrides a
 * foreign drop, so where Docker's FORWARD policy would drop them they are let through in DOCKER-USER, the chain that
 * Docker leaves to its users; where another firewall would, the plan is refused by the name of its chain.
 */
export const flow = (data: Flow): Wanted<Flow> => ({ type: 'flow', scope: HOST, data });

const DOCKER_USER = 'DOCKER-USER';
/** Drops what goes out by a bridge of Docker's, whichever there are at the moment. */
const ISOLATION = 'DOCKER-ISOLATION-STAGE-2';
const tool = (family: Family): string => (family === 4 ? 'iptables' : 'ip6tables');
const name = ({ from, in: by, out, to, answers, isolated }: Flow): string =>
  isolated
    ? `${by} to Docker's networks`
    : `${[from, by].filter((part) => part !== undefined).join(' by ') || 'any'} to ${out ?? 'any'}${to ? ` ${to.address} ${to.protocol} ${to.port}` : ''}${answers ? ' (answers)' : ''}`;
const told = (data: Flow): string => `${DOCKER_USER} ${data.isolated ? 'drops' : 'accepts'} ${name(data)}`;
const id = (data: Flow): string => `${data.family} ${name(data)}`;
const bridged = (data: Flow): boolean => data.in !== undefined && data.in === data.out;

/** In the order in which `iptables -S` lists them. */
const argv = (lab: string, data: Flow): string[] => [
  ...(data.from === undefined ? [] : ['-s', data.from]),
  ...(data.to === undefined ? [] : ['-d', `${data.to.address}/${data.family === 4 ? 32 : 128}`]),
  ...(data.in === undefined ? [] : ['-i', data.in]),
  ...(data.isolated === true && data.in !== undefined ? ['!', '-o', data.in] : []),
  ...(data.out === undefined ? [] : ['-o', data.out]),
  ...(data.to === undefined ? [] : ['-p', data.to.protocol, '-m', data.to.protocol, '--dport', data.to.port]),
  ...(data.answers === true ? ['-m', 'conntrack', '--ctstate', 'RELATED,ESTABLISHED'] : []),
  ...(data.isolated === true ? NEITHER_OLD_NOR_PUBLISHED : []),
  ...['-m', 'comment', '--comment', `netwright:${lab}`, '-j', data.isolated === true ? ISOLATION : 'ACCEPT'],
];

const NEITHER_OLD_NOR_PUBLISHED = ['-m', 'conntrack', '--ctstate', 'NEW', '-m', 'conntrack', '!', '--ctstate', 'DNAT'];

const line = (lab: string, data: Flow): string => `-A ${DOCKER_USER} ${argv(lab, data).join(' ')}`;

/** Bridged packets meet the IP hooks only through br_netfilter. */
function meetsForward(world: World, data: Flow): boolean {
  const call = data.family === 4 ? 'bridge-nf-call-iptables' : 'bridge-nf-call-ip6tables';
  return !bridged(data) || sysctlFact(world, HOST, `net/bridge/${call}`) === '1';
}

/** A chain other than Docker's that drops forwarded packets by policy or by a last rule without a match. */
function otherDropper(nft: Nft | undefined, data: Flow): string | undefined {
  const families = data.family === 4 ? ['ip', 'inet'] : ['ip6', 'inet'];
  for (const chain of nft?.chains ?? []) {
    if (chain.hook !== 'forward' || !families.includes(chain.family)) continue;
    if (chain.family !== 'inet' && chain.table === 'filter' && chain.name === 'FORWARD') continue;
    const last = JSON.stringify(chain.rules.at(-1)?.expr ?? []);
    const drops = chain.policy === 'drop' || /^\[(\{"counter":null\},)?\{"(drop|reject)"/.test(last);
    const mentioned = chain.rules.some((rule) => {
      const text = JSON.stringify(rule.expr);
      return text.includes('"accept"') && [data.in, data.out].some((link) => link && text.includes(`"${link}"`));
    });
    if (drops && !mentioned) return `${chain.family} ${chain.table} ${chain.name}`;
  }
  return undefined;
}

const dropped = (chain: string, data: Flow): Verdict =>
  refuse(
    'FIREWALL_DROPS',
    `the firewall chain ${chain} would drop IPv${data.family} packets from ${name(data)}`,
    'let them through there, or take the firewall away; an accept of ours cannot override it',
  );

const rule = (lab: string, data: Flow, verb: '-I' | '-D', where: readonly string[] = []) =>
  ({
    do: 'run',
    scope: HOST,
    argv: [tool(data.family), '-w', verb, DOCKER_USER, ...where, ...argv(lab, data)],
  }) as const;

function add(lab: string, data: Flow): Change {
  return {
    verb: '+',
    what: told(data),
    why: data.isolated === true ? 'but for published ports' : `Docker drops IPv${data.family} otherwise`,
    commands: [rule(lab, data, '-I')],
    undo: [rule(lab, data, '-D')],
    effect: (world) => {
      world.iptables[data.family]?.unshift(line(lab, data));
    },
  };
}

const present = ({ lab, world }: Ground, data: Flow): boolean =>
  world.iptables[data.family]?.includes(line(lab, data)) ?? false;

/** Docker 29 has no such chain: there nobody gets at a port that is not published, whatever is accepted here. */
function isolate(ground: Ground, data: Flow): Change[] {
  const { lab, world } = ground;
  const lines = world.iptables[data.family] ?? [];
  if (!lines.includes('-P FORWARD DROP') || !lines.includes(`-N ${ISOLATION}`)) return [];
  const at = lines.indexOf(line(lab, data));
  const accepted = lines.indexOf(line(lab, { ...data, isolated: false }));
  // Below the accept it would have no say.
  if (at !== -1 && (accepted === -1 || at < accepted)) return [];
  return [...(at === -1 ? [] : [remove(ground, data)]), add(lab, data)];
}

function remove({ lab, world }: Ground, data: Flow): Change {
  const rules = world.iptables[data.family]!.filter((text) => text.startsWith(`-A ${DOCKER_USER} `));
  const position = `${rules.indexOf(line(lab, data)) + 1}`;
  return {
    verb: '-',
    what: told(data),
    why: 'remove',
    commands: [rule(lab, data, '-D')],
    undo: [rule(lab, data, '-I', [position])],
    effect: ({ iptables }) => {
      iptables[data.family] = (iptables[data.family] ?? []).filter((text) => text !== line(lab, data));
    },
  };
}

export const flowType: ObjectType<Flow> = {
  type: 'flow',
  volatile: true,
  shared: true,
  id,
  reads: () => [
    { fact: 'nft', scope: HOST },
    { fact: 'iptables' },
    { fact: 'sysctl', scope: HOST, key: 'net/bridge/bridge-nf-call-iptables' },
    { fact: 'sysctl', scope: HOST, key: 'net/bridge/bridge-nf-call-ip6tables' },
  ],
  diff({ data }, ground) {
    const { world } = ground;
    if (!meetsForward(world, data)) return [];
    if (data.isolated === true) return isolate(ground, data);
    const other = otherDropper(world.nft[HOST], data);
    if (other !== undefined) return dropped(other, data);
    const lines = world.iptables[data.family];
    if (lines === undefined || !lines.includes('-P FORWARD DROP') || present(ground, data)) return [];
    if (!lines.includes(`-N ${DOCKER_USER}`)) return dropped(`${tool(data.family)} FORWARD`, data);
    return [add(ground.lab, data)];
  },
  before: (_, ground) => (ground.entry === undefined && present(ground, _.data) ? 'foreign' : {}),
  remove: ({ data }, ground) => (present(ground, data) ? [remove(ground, data)] : []),
};
