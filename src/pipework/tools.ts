import { NetwrightError } from '../error.ts';

type Task = Readonly<Record<string, unknown>>;

const no = (tool: string, words: readonly string[], why: string): NetwrightError =>
  new NetwrightError({
    code: 'NO_EQUIVALENT',
    message: `pipework ${tool} ${words.join(' ')}: ${why}`,
    hint: `the procedural task "command: {container: NAME, argv: [${tool === 'tc' ? 'tc' : `ip, ${tool}`}, …]}" runs it as it is`,
  });

/** Reads `NAME VALUE` pairs; a name that is not in the list is no option of ours. */
function pairs(
  tool: string,
  words: readonly string[],
  rest: readonly string[],
  known: Readonly<Record<string, string>>,
) {
  const options: Record<string, string | number> = {};
  for (let index = 0; index < rest.length; index += 2) {
    const [name = '', value] = [rest[index], rest[index + 1]];
    const key = Object.hasOwn(known, name) ? known[name]! : undefined;
    if (key === undefined || value === undefined) throw no(tool, words, `"${name}" is not supported`);
    options[key] = /^[0-9]+$/.test(value) ? Number(value) : value;
  }
  return options;
}

const TYPES = ['unicast', 'blackhole', 'unreachable', 'prohibit'];

/** `ip route add|replace|del …` */
export function routeTask(container: string, words: readonly string[]): Task {
  const [verb = '', ...rest] = words;
  if (!['add', 'replace', 'change', 'del', 'delete'].includes(verb))
    throw no('route', words, `"${verb}" keeps no state`);
  const type = TYPES.includes(rest[0] ?? '') ? rest.shift() : undefined;
  const to = rest.shift();
  if (to === undefined) throw no('route', words, 'it has no destination');
  const onlink = rest.includes('onlink') ? { onlink: true } : {};
  const known = { via: 'via', dev: 'dev', src: 'src', metric: 'metric', table: 'table', priority: 'metric' };
  const options = pairs(
    'route',
    words,
    rest.filter((word) => word !== 'onlink'),
    known,
  );
  const { via } = options;
  // Without a gateway the word alone stands for IPv4.
  const absent = verb.startsWith('del') ? { state: 'absent' } : {};
  return {
    route: {
      container,
      to,
      ...(type === undefined ? {} : { type }),
      ...(via === undefined ? {} : { via }),
      ...options,
      ...onlink,
      ...absent,
    },
  };
}

/** `ip rule add|del …` */
export function ruleTask(container: string, words: readonly string[]): Task {
  const [verb = '', ...rest] = words;
  if (!['add', 'del', 'delete'].includes(verb)) throw no('rule', words, `"${verb}" keeps no state`);
  const not = rest[0] === 'not';
  if (not) rest.shift();
  const known = {
    ...{ from: 'from', to: 'to', iif: 'iif', dev: 'iif', oif: 'oif', fwmark: 'fwmark', ipproto: 'ipproto' },
    ...{ sport: 'sport', dport: 'dport', table: 'table', lookup: 'table' },
    ...{ priority: 'priority', pref: 'priority', prio: 'priority', order: 'priority' },
  };
  const action = ['blackhole', 'unreachable', 'prohibit'].find((word) => rest.includes(word));
  const options = pairs(
    'rule',
    words,
    rest.filter((word) => word !== action),
    known,
  );
  for (const key of ['from', 'to']) if (options[key] === 'all') delete options[key];
  const { fwmark } = options;
  if (typeof fwmark === 'number') options.fwmark = `0x${fwmark.toString(16)}`;
  const absent = verb.startsWith('del') ? { state: 'absent' } : {};
  return {
    rule: { container, ...(not ? { not } : {}), ...options, ...(action === undefined ? {} : { action }), ...absent },
  };
}

const SHARES = ['loss', 'duplicate', 'corrupt', 'reorder'];

/** `tc qdisc add|replace|del dev DEV root [handle H] netem|tbf …` */
export function impairTask(container: string, words: readonly string[]): Task {
  const [object, verb = '', ...rest] = words;
  const known = ['add', 'replace', 'change', 'del', 'delete'].includes(verb);
  if (object !== 'qdisc' || !known) throw no('tc', words, 'only "qdisc add … root netem" and "… tbf" are supported');
  const device = rest.indexOf('dev');
  const name = device < 0 ? undefined : rest.splice(device, 2)[1];
  const handle = rest.indexOf('handle');
  if (handle >= 0) rest.splice(handle, 2);
  if (name === undefined || rest.shift() !== 'root')
    throw no('tc', words, 'it has no interface, or is not at its root');
  if (verb.startsWith('del')) return { impair: { interface: name, container, state: 'absent' } };
  const kind = rest.shift();
  if (kind === 'tbf') return { impair: { interface: name, container, ...tbf(words, rest) } };
  if (kind === 'netem') return { impair: { interface: name, container, ...netem(words, rest) } };
  throw no('tc', words, `"${kind}" is not supported`);
}

const bytes = (text: string): string => {
  const [, number = '', unit = ''] = /^([0-9]+)([a-z]*)$/i.exec(text) ?? [];
  const bits = unit.toLowerCase().endsWith('bit');
  const size = { '': 1, b: 1, k: 1024, kb: 1024, m: 1048576, mb: 1048576, bit: 1 / 8, kbit: 128, mbit: 131072 };
  const one = size[unit.toLowerCase() as keyof typeof size];
  return bits || unit === '' ? `${Math.round(Number(number) * one)}b` : text.toLowerCase();
};

function tbf(words: readonly string[], rest: readonly string[]): Task {
  const names = { rate: 'rate', burst: 'burst', buffer: 'burst', maxburst: 'burst', latency: 'latency' };
  const { burst, ...options } = pairs('tc', words, rest, names);
  return { ...options, ...(burst === undefined ? {} : { burst: bytes(`${burst}`) }) };
}

function netem(words: readonly string[], rest: readonly string[]): Task {
  const options: Record<string, string> = {};
  const left = [...rest];
  while (left.length > 0) {
    const name = left.shift()!;
    const value = left.shift();
    const isShare = SHARES.includes(name);
    if (value === undefined || !(isShare || name === 'delay')) throw no('tc', words, `"${name}" is not supported`);
    options[name] = value;
    if (name === 'delay' && /^[0-9.]+(us|ms|s)$/.test(left[0] ?? '')) options.jitter = left.shift()!;
    if (/^[0-9.]+%$/.test(left[0] ?? '')) throw no('tc', words, 'correlations are not supported');
  }
  return options;
}
