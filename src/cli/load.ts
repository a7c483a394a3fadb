import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { NetwrightError, type Problem } from '../error.ts';
import { readInventories, selectLimit, type Inventory } from '../inventory.ts';
import { checkLab } from '../plan.ts';
import { parsePlaybook } from '../playbook.ts';
import {
  createResolver,
  distinctProblems,
  mentionsFacts,
  parseExtraVars,
  type FactsByHost,
  type Mode,
  type Resolver,
} from '../resolve.ts';
import type { Item, Project } from '../run.ts';
import { parseSource } from '../source.ts';
import type { Kind } from '../task.ts';
import { createTemplates } from '../template.ts';
import { DiskFiles, pathInRepository, projectOf, type Programs } from './files.ts';
import { sourceReader } from './sources.ts';
import { surroundingsOf } from './surroundings.ts';
import { openNames } from './open-names.ts';
import { BoundPlay } from './play.ts';
import { openVault, secrets, type VaultSources } from './secrets.ts';
import { targetsOf } from './targets.ts';
import { askVariable } from './vars-prompt.ts';

export interface LoadOptions {
  readonly kinds: readonly Kind[];
  readonly inventories: readonly string[];
  /** An ssh_config; its hosts are the inventory where there is no other. */
  readonly sshConfig?: string | undefined;
  readonly vault?: VaultSources | undefined;
  readonly limit?: string | undefined;
  readonly extraVars: readonly string[];
  readonly user?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly become?: boolean | undefined;
  readonly connection?: string | undefined;
  readonly becomeUser?: string | undefined;
  readonly becomePassword?: string | undefined;
  /** Arguments for ssh as somebody wrote them, and where that was. */
  readonly sshArgs?: readonly { readonly from: string; readonly text: string }[] | undefined;
  /** Labs that belong to other playbooks are taken over. */
  readonly takeOver?: boolean | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly skipTags?: readonly string[] | undefined;
  /** The name of the first task to be done. */
  readonly startAt?: string | undefined;
  readonly mode?: Mode | undefined;
  /** Of every play that does not say otherwise. */
  readonly forceHandlers?: boolean | undefined;
  /** Whether the person at the terminal is asked for variables. */
  readonly asks?: boolean | undefined;
  /** Which inventory programs may be run; all of them where nothing is said. */
  readonly programs?: Programs | undefined;
}

export interface Loaded extends Project {
  /** Of everything that was read. */
  readonly sources: string;
  /** SHA-256 of each file that was read so far, and of each inventory program that was run. */
  readonly digests: () => Readonly<Record<string, string>>;
  readonly resolver: Resolver;
}

/** Reads a playbook, its inventories and variables, and checks all that can be checked without any connection. */
export function loadProject(path: string, options: LoadOptions): Loaded {
  const files = filesOf(options);
  return loadText(files.must(path, 'playbook'), path, pathInRepository(path), options, files);
}

const filesOf = ({ vault, programs }: LoadOptions): DiskFiles => new DiskFiles(vault && openVault(vault), programs);

/** A lab without its playbook, on all hosts of the inventory. */
export const labProject = (lab: string, options: LoadOptions): Loaded =>
  withoutPlaybook({ lab }, `--lab ${lab}`, options);

/** Hosts without any playbook: those of a pattern, or all of the inventory. */
export const hostsProject = (pattern: string | undefined, options: LoadOptions): Loaded =>
  withoutPlaybook(
    { lab: 'none', ...(pattern === undefined ? {} : { hosts: pattern }) },
    `pattern ${pattern ?? ''}`,
    options,
  );

function withoutPlaybook(play: { lab: string; hosts?: string }, name: string, options: LoadOptions): Loaded {
  const all = options.inventories.length === 0 && options.sshConfig === undefined ? 'localhost' : 'all';
  return loadText(`- ${JSON.stringify({ hosts: all, ...play })}\n`, name, '', options, filesOf(options));
}

/** Hosts and variables of a playbook, or of an inventory alone, and all that is wrong with them. */
export function loadResolver(path: string | undefined, host: string, options: LoadOptions) {
  const files = filesOf(options);
  const text =
    path === undefined ? `- ${JSON.stringify({ hosts: host, lab: 'none' })}\n` : files.must(path, 'playbook');
  const { resolver: make, problems } = read(text, path ?? `pattern ${host}`, options, files);
  const resolver = make();
  return { resolver, problems: [...problems, ...resolver.problems] };
}

/** The same for a text; `name` is what the ledger on the hosts remembers the playbook by. */
export function loadText(text: string, path: string, name: string, options: LoadOptions, files: DiskFiles): Loaded {
  const written = read(text, path, options, files);
  const first = bind(written, name, options, files);
  const texts = [text, ...options.extraVars];
  if (!files.mentionsFacts && !texts.some(mentionsFacts)) return first;
  const hosts = new Set(first.resolver.plays.flatMap((play) => (play.gathers ? play.hosts : [])));
  const learn = (facts: FactsByHost): Loaded => {
    const project = bind(written, name, options, files, facts);
    return { ...project, problems: [...project.problems, ...otherTargets(first, project)] };
  };
  return hosts.size === 0 ? first : { ...first, facts: { hosts, learn } };
}

function bind(written: Written, name: string, options: LoadOptions, files: DiskFiles, facts?: FactsByHost): Loaded {
  const { inventory, problems: before } = written;
  const resolver = written.resolver(facts);
  const plays = resolver.plays.map((play) => new BoundPlay(resolver, inventory, play, options.forceHandlers));
  const { targets, problems: connections } = targetsOf(resolver, plays);
  for (const { become } of targets.values()) secrets.add(become.password);
  const bound = [...resolver.check(), ...plays.flatMap((play) => play.check()), ...connections];
  const problems = [...before, ...followers(bound, before, resolver.problems)];
  const tasks = resolver.plays.flatMap(({ raw }) => raw.tasks);
  // Where a task is wrong or open, that its names are missing elsewhere is no mistake of its own.
  const open = plays.some((play) => play.waitsForLook()) ? undefined : openNames(tasks, problems);
  const labs = checkLabs(plays, open ?? new Set()).filter(
    ({ code }) => open !== undefined || !code.startsWith('UNKNOWN_'),
  );
  const project: Loaded = {
    playbook: name,
    takeOver: options.takeOver ?? false,
    plays,
    targets,
    problems: distinctProblems([...problems, ...labs]),
    sources: files.digest(),
    digests: () => files.digests(),
    resolver,
  };
  return project;
}

/** Who is talked to, and as whom, is settled before anybody is looked at. */
const otherTargets = (first: Project, now: Project): Problem[] =>
  [...now.targets].flatMap(([host, target]) =>
    isDeepStrictEqual(first.targets.get(host), target)
      ? []
      : [
          {
            code: 'NOT_KNOWN_YET',
            message: `${host}: whether it takes part, and as which user, depends on the facts of a host`,
            hint: 'name the host in a play of its own; say become at the play',
          },
        ],
  );

function read(text: string, path: string, options: LoadOptions, files: DiskFiles) {
  const { source, problems: syntax } = parseSource(text, path, files.budget);
  if (!source) throw new NetwrightError(syntax);
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));
  const library = {
    root: projectOf(path),
    budget: files.budget,
    read: files.read.bind(files),
    real: files.real.bind(files),
    list: files.list.bind(files),
  };
  const { plays: raws, problems: shape } = parsePlaybook(source, kinds, library);
  const { inventory, problems: hosts } = readInventories(sourcesOf(path, options), files);
  const { layer, problems: extra } = parseExtraVars(options.extraVars, files);
  const limit = limitOf(inventory, options.limit, files);
  const { user, privateKey: keyFile, become, becomeUser, becomePassword, connection: type, sshArgs } = options;
  const input = {
    playbook: path,
    plays: raws,
    inventory,
    templates: createTemplates(inventory.hosts.size),
    limit: limit.hosts,
    mostTasks: files.budget.tasks,
    extraVars: layer,
    reveal: files.reveal.bind(files),
    secrets,
    chosen: { tags: options.tags ?? [], skipTags: options.skipTags ?? [], startAt: options.startAt },
    connection: { user, keyFile, become, becomeUser, becomePassword, type, sshArgs },
    readSources: sourceReader(path, files),
    surroundings: surroundingsOf(path, files),
    mode: options.mode,
    inventorySource: inventorySource(options.inventories[0], files),
    ask: options.asks ? askVariable : undefined,
  };
  const problems = [...syntax, ...shape, ...hosts, ...extra, ...limit.problems];
  return { resolver: (facts?: FactsByHost) => createResolver({ ...input, facts }), inventory, problems };
}

/** Where an inventory is that is a file or a folder; no list of hosts is. */
function inventorySource(name: string | undefined, files: DiskFiles) {
  if (name === undefined || files.real(name) === undefined) return undefined;
  const path = resolve(name);
  return files.list(path) ? { folder: path } : { folder: dirname(path), file: path };
}

/** What was read, and what makes a resolver of it: with facts of the hosts, once they are known. */
type Written = ReturnType<typeof read>;

const sourcesOf = (path: string, { inventories, sshConfig }: LoadOptions) => ({
  inventories,
  sshConfig,
  folders: [dirname(path)],
});

/** Later findings, without those that an earlier one at the same place, or a play that is no play, brought about. */
function followers(found: readonly Problem[], before: readonly Problem[], ofPlays: readonly Problem[]): Problem[] {
  const key = ({ place }: Problem): string => (place ? `${place.file}:${place.line}:${place.column}` : '');
  const told = new Set(before.filter(({ place }) => place !== undefined).map(key));
  return found.filter((problem) => !told.has(key(problem)) && (before.length === 0 || !ofPlays.includes(problem)));
}

function limitOf(inventory: Inventory, limit: string | undefined, files: DiskFiles) {
  return limit === undefined ? { hosts: undefined, problems: [] } : selectLimit(inventory, limit, files);
}

/** Names, owners and addresses of every lab on every host, over all its plays. */
function checkLabs(plays: readonly BoundPlay[], open: ReadonlySet<string>): Problem[] {
  return [...groupByLab(plays)].flatMap(([lab, own]) => {
    const members = new Map(own.map((play) => [play, new Set(play.hosts)]));
    const hosts = [...new Set(own.flatMap((play) => play.hosts))];
    const itemsOf = (host: string): Item[] =>
      own.flatMap((play) => (members.get(play)!.has(host) ? play.sound(host) : []));
    const everywhere = new Set(hosts.flatMap((host) => itemsOf(host).flatMap(containersOf(lab))));
    return hosts.flatMap((host) => {
      const items = itemsOf(host);
      const states = items.flatMap((item) => (item.sort === 'state' ? [item.task] : []));
      const acts = items.flatMap((item) => (item.sort === 'act' ? [item] : []));
      return checkLab(lab, host, states, [...states, ...acts], { everywhere, open });
    });
  });
}

const containersOf =
  (lab: string) =>
  (item: Item): string[] =>
    item.sort === 'state' ? (item.task.kind.provides?.(item.task.args, lab) ?? []).map(({ name }) => name) : [];

function groupByLab(plays: readonly BoundPlay[]): Map<string, BoundPlay[]> {
  const labs = new Map<string, BoundPlay[]>();
  for (const play of plays) labs.set(play.lab, [...(labs.get(play.lab) ?? []), play]);
  return labs;
}
