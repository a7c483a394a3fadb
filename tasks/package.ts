import type { Command } from '../src/command.ts';
import { lookKey, type Look, type Packages } from '../src/files.ts';
import type { Infer } from '../src/infer.ts';
import { defineTask, type Decision, type Step } from '../src/task.ts';
import { list } from './options.ts';

const name = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9+._-]*(:[a-z0-9]+)?(=[A-Za-z0-9][A-Za-z0-9.+:~_-]*)?$',
  maxLength: 256,
  examples: ['tcpdump'],
} as const;

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: {
      anyOf: [name, { type: 'array', items: name, maxItems: 1000 }],
      description: "Packages, or NAME=VERSION where the host's manager is apt or apk.",
      examples: ['bridge-utils', ['tcpdump', 'nftables=1.0.6-2']],
    },
    state: {
      type: 'string',
      enum: ['present', 'installed', 'absent', 'removed', 'latest'],
      default: 'present',
      description: 'installed is present, removed is absent; latest is the newest that its lists know.',
    },
    update_cache: {
      type: 'boolean',
      default: false,
      description: 'Fetches the lists of packages before anything is installed; alone, in any case.',
    },
  },
} as const;

type Args = Infer<typeof schema>;

interface Manager {
  readonly install: readonly string[];
  /** To a version that is said, or to the newest. */
  readonly upgrade: readonly string[];
  readonly remove: readonly string[];
  readonly update: readonly string[];
}

const APT = ['apt-get', '-q', '-y', '-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold'];

const rpm = (program: string): Manager => ({
  install: [program, '-q', '-y', 'install'],
  upgrade: [program, '-q', '-y', 'upgrade'],
  remove: [program, '-q', '-y', 'remove'],
  update: [program, '-q', 'makecache'],
});

const MANAGERS: Readonly<Record<string, Manager>> = {
  'apt-get': {
    install: [...APT, 'install'],
    upgrade: [...APT, 'install'],
    remove: [...APT, 'remove'],
    update: ['apt-get', '-q', 'update'],
  },
  dnf: rpm('dnf'),
  yum: rpm('yum'),
  apk: {
    install: ['apk', 'add', '-q'],
    upgrade: ['apk', 'add', '-q', '-u'],
    remove: ['apk', 'del', '-q'],
    update: ['apk', 'update', '-q'],
  },
};

const run = (argv: readonly string[]): Command => ({
  do: 'run',
  scope: '',
  argv,
  env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
});

const failed = (why: string): Decision => ({ steps: [], failed: why });

/** A package and the version that it is wanted in, if one is said. */
const wanted = ({ name: names }: Args) =>
  list(names).map((one) => {
    const [bare = '', version] = one.split('=');
    return { name: bare, version };
  });

const lookOf = (args: Args): Look => ({ look: 'packages', names: wanted(args).map((one) => one.name) });

const isAbsent = ({ state }: Args): boolean => state === 'absent' || state === 'removed';

export const packages = defineTask({
  kind: 'package',
  description: 'Installs or removes packages with apt, dnf, yum or apk. Destroy does not take it back.',
  schema,
  check: (args) => [
    ...(list(args.name).length === 0 && !(args.update_cache && args.name === undefined)
      ? [{ path: [], code: 'MISSING_KEY', message: 'package: needs a name', hint: 'name: tcpdump' }]
      : []),
    ...(args.state === 'latest' && args.update_cache && args.name !== undefined
      ? [
          {
            path: ['update_cache'],
            code: 'CONFLICT',
            message: 'package.update_cache: what is newest is decided before the lists are fetched',
            hint: 'put a task before it: package: {update_cache: true}',
          },
        ]
      : []),
    ...(isAbsent(args) && wanted(args).some(({ version }) => version !== undefined)
      ? [
          {
            path: ['name'],
            code: 'CONFLICT',
            message: 'package.name: a version cannot be absent',
            hint: 'leave it out',
          },
        ]
      : []),
  ],
  looks: (args) => [lookOf(args)],
  decide(args, seen) {
    const found = seen.packages.get(lookKey(lookOf(args)));
    const manager = MANAGERS[found?.manager ?? ''];
    if (!found || !manager) return failed('there is no apt, dnf, yum or apk on this host');
    if (args.name === undefined) return { ...updated(manager), disturbs: true };
    const decision = isAbsent(args) ? removal(args, found, manager) : installation(args, found, manager);
    return { ...decision, disturbs: decision.steps.length > 0 };
  },
});

function updated({ update }: Manager): Decision {
  const lists = { verb: '~', what: 'lists of packages', why: 'fetch', commands: [run(update)] } as const;
  return { steps: [{ ...lists, effect: () => undefined }] };
}

function removal(args: Args, { installed }: Packages, { remove }: Manager): Decision {
  const there = wanted(args).filter(({ name: one }) => Object.hasOwn(installed, one));
  const commands = [run([...remove, ...there.map(({ name: one }) => one)])];
  return {
    steps: stepsOf(
      there.map(({ name: one }) => ({ name: one, verb: '-', why: 'remove' })),
      commands,
    ),
  };
}

function installation(args: Args, have: Packages, manager: Manager): Decision {
  const { installed, manager: program } = have;
  const candidates = new Map(Object.entries(have.candidates));
  const all = wanted(args);
  const versioned = all.find(({ version }) => version !== undefined);
  if (versioned && program !== 'apt-get' && program !== 'apk')
    return failed(`${program} is asked for a version in another way than ${versioned.name}=${versioned.version}`);
  const missing = all.filter(({ name: one }) => !Object.hasOwn(installed, one));
  const unknown = missing.find(({ name: one }) => program === 'apt-get' && !isCandidate(candidates.get(one)));
  if (unknown && !args.update_cache)
    return failed(`apt has no package ${unknown.name} to install; update_cache: true fetches its lists`);
  const other = all.filter(
    ({ name: one, version = args.state === 'latest' ? candidates.get(one) : undefined }) =>
      Object.hasOwn(installed, one) && version !== undefined && version !== installed[one],
  );
  const words = (some: typeof all) => some.map(({ name: one, version }) => (version ? `${one}=${version}` : one));
  const commands = [
    ...(args.update_cache && missing.length + other.length > 0 ? [run(manager.update)] : []),
    ...(missing.length > 0 ? [run([...manager.install, ...words(missing)])] : []),
    ...(other.length > 0 ? [run([...manager.upgrade, ...words(other)])] : []),
  ];
  const added = missing.map(({ name: one, version = candidates.get(one) }) => ({
    name: one,
    verb: '+' as const,
    why: version === undefined ? 'missing' : `missing (${version})`,
    version: version ?? 'installed',
  }));
  const changed = other.map(({ name: one, version = candidates.get(one)! }) => ({
    name: one,
    verb: '~' as const,
    why: `${installed[one]} -> ${version}`,
    version,
  }));
  return { steps: stepsOf([...added, ...changed], commands) };
}

/** apt says so of a name that only others provide. */
const isCandidate = (candidate: string | undefined): boolean => candidate !== undefined && candidate !== '(none)';

interface Change {
  readonly name: string;
  readonly verb: Step['verb'];
  readonly why: string;
  readonly version?: string;
}

/** The manager does them all at once; each has its own line. */
const stepsOf = (changes: readonly Change[], commands: readonly Command[]): Step[] =>
  changes.map(({ name: one, verb, why, version }, index) => ({
    verb,
    what: one,
    why,
    commands: index === 0 ? commands : [],
    effect: ({ packages: all }) => {
      for (const [key, found] of all) {
        const others = Object.entries(found.installed).filter(([other]) => other !== one);
        const own = version === undefined ? [] : [[one, version] as const];
        all.set(key, { ...found, installed: Object.fromEntries([...others, ...own]) });
      }
    },
  }));
