import type { Command, Scope } from '../command.ts';

/** A command with the number under which its outcome is reported. */
export interface Numbered {
  readonly id: number;
  readonly command: Command;
}

/** What happens one after another on the host, and then side by side in namespaces. */
export interface Stage {
  readonly host: readonly Numbered[];
  readonly namespaces: ReadonlyMap<Scope, readonly Numbered[]>;
}

/**
 * Sorts commands into stages so that work in different namespaces can go on side by side. The order of the playbook
 * stays for everything that touches the same namespace, and for everything on the host itself.
 */
export function schedule(commands: readonly Numbered[]): Stage[] {
  const stages: { host: Numbered[]; namespaces: Map<Scope, Numbered[]> }[] = [];
  const stage = (index: number) => (stages[index] ??= { host: [], namespaces: new Map<Scope, Numbered[]>() });
  const lastInside = new Map<Scope, number>();
  const lastTouched = new Map<Scope, number>();
  let host = 0;
  for (const numbered of commands) {
    const { command } = numbered;
    const scopes = endsLinks(command) ? [...new Set([...touched(command), ...lastInside.keys()])] : touched(command);
    const [only] = scopes;
    if (isInside(command) && !endsLinks(command) && scopes.length === 1 && only !== undefined) {
      const index = Math.max(lastInside.get(only) ?? 0, lastTouched.get(only) ?? 0);
      lastInside.set(only, index);
      const { namespaces } = stage(index);
      const list = namespaces.get(only) ?? [];
      namespaces.set(only, [...list, numbered]);
      continue;
    }
    const after = scopes.map((scope) => (lastInside.has(scope) ? lastInside.get(scope)! + 1 : 0));
    host = Math.max(host, ...after);
    for (const scope of scopes) lastTouched.set(scope, host);
    stage(host).host.push(numbered);
  }
  for (let index = 0; index < stages.length; index++) stage(index);
  return stages;
}

const isInside = (command: Command): boolean =>
  (command.do === 'ip' || command.do === 'sysctl') && command.scope !== '';

/** What takes a link away takes its other end too, in whatever namespace that is: it waits for the work in all. */
const endsLinks = (command: Command): boolean =>
  command.do === 'ip' && ['link', 'netns'].includes(command.argv[0] ?? '') && command.argv[1] === 'del';

/** The namespaces that a command works in or names. */
function touched(command: Command): Scope[] {
  switch (command.do) {
    case 'ip': {
      const named = command.argv.flatMap((word, index) => {
        if (command.argv[index - 1] === 'netns' && word !== 'add' && word !== 'del') return [word];
        return ['add', 'del'].includes(command.argv[index - 1] ?? '') && command.argv[0] === 'netns' ? [word] : [];
      });
      return [...new Set([command.scope, ...named].filter((scope) => scope !== ''))];
    }
    case 'unlink': {
      const name = /^\/run\/netns\/(.+)$/.exec(command.path)?.[1];
      return name === undefined ? [] : [name];
    }
    case 'run':
      return [command.scope, command.about ?? ''].filter((scope) => scope !== '');
    case 'sandbox':
    case 'hosts':
    case 'sysctl':
    case 'nft':
    case 'start':
    case 'stop':
    case 'lease':
    case 'release':
    case 'probe':
      return command.scope === '' ? [] : [command.scope];
    default:
      return [];
  }
}
