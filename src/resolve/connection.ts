import { NetwrightError, type Problem } from '../error.ts';
import { connectionOf, type Connection, type ConnectionDefaults } from '../inventory.ts';
import type { RawPlay } from '../playbook.ts';
import { Pending } from './pending.ts';
import type { Renderer } from './render.ts';
import type { Variables } from './scope.ts';

export interface ResolvedConnection {
  /** Only to be used without problems. */
  readonly connection: Connection;
  readonly problems: readonly Problem[];
}

/** How a host is reached in a play: its variables, then the play's words, then the command line's. */
export function resolveConnection(
  raw: Partial<Pick<RawPlay, 'at' | 'become' | 'becomeUser' | 'connection' | 'remoteUser'>>,
  scope: Variables,
  renderer: Renderer,
  commandLine: ConnectionDefaults,
): ResolvedConnection {
  const problems: Problem[] = [];
  const attempt = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      if (error instanceof NetwrightError) problems.push(...error.problems);
      else if (!(error instanceof Pending)) throw error;
      return undefined;
    }
  };
  const word = (key: string, value: unknown): string | undefined => {
    const at = raw.at && { source: raw.at.source, path: [...raw.at.path, key] };
    const found = attempt(() => renderer.value(value, at, scope));
    return typeof found === 'object' || found === undefined ? undefined : `${found as string | number | boolean}`;
  };
  const become = word('become', raw.become);
  const { connection, problems: wrong } = connectionOf(
    scope.host,
    (name) => {
      const binding = scope.binding(name);
      if (!binding) return undefined;
      return { value: attempt(() => scope.get(name)) ?? null, at: binding.is === 'pending' ? undefined : binding.at };
    },
    {
      type: word('connection', raw.connection) ?? commandLine.type,
      user: word('remote_user', raw.remoteUser) ?? commandLine.user,
      keyFile: commandLine.keyFile,
      become: become === undefined ? commandLine.become : /^(true|yes|on|1)$/i.test(become),
      becomeUser: word('become_user', raw.becomeUser) ?? commandLine.becomeUser,
      becomePassword: commandLine.becomePassword,
      sshArgs: commandLine.sshArgs,
    },
  );
  return { connection, problems: [...problems, ...wrong] };
}
