/** Words of the language that are no variables. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  'and or not in is if else elif true false none True False None'.split(' '),
);

/** Functions of the engine that a template may call. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  ...['range', 'dict', 'namespace', 'cycler', 'joiner', 'caller'],
  ...['lookup', 'query', 'q'],
]);

/** Functions of Ansible that are not there on purpose, and what to use instead. */
export const REFUSED_FUNCTIONS: Readonly<Record<string, string>> = {
  now: 'a plan must not depend on the time; pass it with --extra-vars',
};

/** Methods of Python's texts, lists and mappings that the engine has not: filters of ours do their work. */
export const METHODS: ReadonlySet<string> = new Set('get index format zfill ljust rjust center partition'.split(' '));
export const methodFilter = (name: string): string => `nw__m_${name}`;

/** Filters and tests of Ansible that are not there on purpose, and what to use instead. */
export const REFUSED_WORDS: ReadonlyMap<string, string> = new Map([
  ...['random', 'shuffle', 'random_mac'].map((word) => [word, 'a plan must not depend on chance'] as const),
  ...['password_hash', 'vault', 'unvault', 'bcrypt'].map(
    (word) => [word, 'keep the result itself in a vault, so that it is the same in every run'] as const,
  ),
  ['json_query', 'use selectattr, map and the like, as in list | selectattr("a", "eq", 1) | map(attribute="b")'],
  ...['to_datetime', 'strftime'].map((word) => [word, 'use command with date, and register'] as const),
]);

/** What minijinja 2.11 has itself. */
export const ENGINE_FILTERS: readonly string[] = (
  'abs attr batch capitalize chain count d default dictsort e escape filesizeformat first groupby indent last length ' +
  'lines list lower map max min pluralize pprint reject rejectattr replace reverse round safe select selectattr slice ' +
  'sort split striptags sum title tojson trim truncate unique upper'
).split(' ');

export const ENGINE_TESTS: readonly string[] = (
  'boolean defined divisibleby endingwith eq equalto escaped even false filter float ge greaterthan gt in int integer ' +
  'iterable le lessthan lower lt mapping ne none number odd safe sameas sequence startingwith string test true ' +
  'undefined upper'
).split(' ');

/**
 * What may take longer than its values are long: they repeat, multiply, compare each with each, run a regular
 * expression, or name another filter.
 */
export const HEAVY: ReadonlySet<string> = new Set(
  (
    '* ** for macro call filter map select reject selectattr rejectattr regex_replace regex_search regex_findall match ' +
    'search regex product permutations combinations subelements combine unique union intersect difference ' +
    'symmetric_difference subset superset contains cycler joiner lookup query q to_yaml to_nice_yaml from_yaml from_yaml_all'
  ).split(' '),
);
