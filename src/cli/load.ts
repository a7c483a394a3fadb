import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Target } from '../connect.ts';
import { NetwrightError, type Problem } from '../error.ts';
import { checkLab } from '../plan.ts';
import { parsePlaybook } from '../playbook.ts';
import type { ActItem, Item, Play, Project } from '../run.ts';
import { parseSource, placeOf } from '../source.ts';
import { isDeclarative, type Kind } from '../task.ts';
import { validateArgs } from '../validate.ts';
import { hostsOf, render } from './interim.ts';

export interface LoadOptions {
  readonly kinds: readonly Kind[];
  readonly inventories: readonly string[];
  readonly limit?: string | undefined;
  readonly extraVars: readonly string[];
  readonly user?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly become?: boolean | undefined;
  readonly connection?: string | undefined;
}

export function loadProject(path: string, options: LoadOptions): Project {
  const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]));
  const { source, problems: syntax } = parseSource(readFileSync(path, 'utf8'), path);
  if (!source) throw new NetwrightError(syntax);
  const { plays: raws, problems: shape } = parsePlaybook(source, kinds);
  const problems: Problem[] = [...syntax, ...shape];
  if (problems.length > 0) return { playbook: path, plays: [], targets: new Map(), problems };
  const hosts = hostsOf(options.inventories);
  const targets = new Map<string, Target>();
  const plays = raws.map((raw, playIndex): Play => {
    const names = raw.hosts === 'all' ? [...hosts.keys()] : raw.hosts.split(',').filter((n) => hosts.has(n));
    for (const n of names) {
      const v = hosts.get(n)!;
      targets.set(n, {
        name: n,
        type: v.ansible_connection === 'local' ? 'local' : 'ssh',
        address: v.ansible_host ?? n,
        user: v.ansible_user,
        sshArgs: [],
        become: { enabled: false, user: 'root' },
      });
    }
    const lab = raw.lab ?? basename(path).replace(/\.ya?ml$/, '');
    const cache = new Map<string, Item[]>();
    const items = (host: string): Item[] => {
      const found = cache.get(host);
      if (found) return found;
      const made = raw.tasks.flatMap((task, index): Item[] => {
        const loop = task.loop === undefined ? [undefined] : (render(task.loop, raw.vars) as unknown[]);
        return loop.map((item, i): Item => {
          const vars = { ...raw.vars, ...(item === undefined ? {} : { item }) };
          const { value, problems: bad } = validateArgs(task.kind, render(task.args, vars), task.argsAt);
          problems.push(...bad);
          const label = item === undefined ? '' : ` ${typeof item === 'object' ? (item as any).key : item}`;
          const title = `${task.name ?? task.kind.kind}${label}`;
          const key = `${playIndex}/${index}/${i}`;
          if (!isDeclarative(task.kind))
            return {
              sort: 'act',
              key,
              index,
              title,
              kind: task.kind,
              args: value,
              at: task.argsAt,
              skipped: task.when.length ? 'interim' : undefined,
            };
          for (const m of bad.length ? [] : (task.kind.check?.(value) ?? []))
            problems.push({ ...m, place: placeOf(task.argsAt, m.path) });
          return {
            sort: 'state',
            key,
            index,
            title,
            task: { key, kind: task.kind, args: value, at: task.argsAt, title, adopt: task.adopt },
          };
        });
      });
      cache.set(host, made);
      return made;
    };
    return {
      lab,
      name: raw.name ?? '',
      hosts: names,
      written: raw.tasks.map((task, index) => ({
        index,
        title: task.name ?? task.kind.kind,
        procedural: !isDeclarative(task.kind),
        barrier: !isDeclarative(task.kind) && task.kind.barrier === true,
      })),
      items,
      settle: (_h: string, _i: ActItem, _o, judgement) => ({ ...judgement, ignored: false }),
    };
  });
  for (const play of plays)
    for (const host of play.hosts) {
      const items = play.items(host);
      if (problems.length === 0)
        problems.push(
          ...checkLab(
            play.lab,
            host,
            items.flatMap((i) => (i.sort === 'state' ? [i.task] : [])),
            items.flatMap((i) => (i.sort === 'act' ? [i] : i.sort === 'state' ? [i.task] : [])),
          ),
        );
    }
  return { playbook: path, plays, targets, problems };
}

export function labProject(lab: string, options: LoadOptions): Project {
  lab;
  options;
  throw new Error('not yet');
}
