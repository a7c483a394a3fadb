import { quote, shellLine, type Command } from '../command.ts';
import { ownFile } from '../facts/run-directory.ts';
import { jobStep, SKIPPED } from './job.ts';
import { BEGAN, BOTH, ENDED } from '../task/times.ts';

/** Becomes a user; who logged in is known to sudo only. Without sudo, root needs none. */
const becoming = (kept: readonly string[]): string => {
  const keep = kept.length === 0 ? '' : ` --preserve-env=${kept.join(',')}`;
  return `u=\${0:-\${SUDO_USER:-root}}; if command -v sudo >/dev/null 2>&1; then exec sudo -n -H${keep} -u "$u" -- "$@"; fi; exec runuser -u "$u" -- "$@"`;
};

/** Variables that a shell has a mind of its own about; their values are words of `env`, which anybody can read. */
const SHELLS_OWN =
  /^(?:_|PWD|OLDPWD|U?ID|EUID|PPID|GROUPS|RANDOM|SRANDOM|SECONDS|EPOCH\w*|LINENO|FUNCNAME|DIRSTACK|HISTCMD|COMP_\w*|SHELLOPTS|BASHOPTS|BASH_\w*|LC_\w*|LANG\w*)$/;

/** Variables that sudo takes out, or that would change what the words before the program do. */
const PLAIN =
  /^(?!(?:PATH|HOME|USER|LOGNAME|SHELL|IFS|CDPATH|ENV|PS4|TZ|(?:LD_|TERM|PERL|PYTHON|RUBY|JAVA_|SUDO_)\w*)$)[A-Za-z_]\w*$/;

/**
 * What is exported is in nobody's list of processes, and may be a secret. Where a name would be minded on the way, so
 * would some values by sudo: then they go under names that mean nothing, and a last shell gives them their own.
 */
function exporting(env: Readonly<Record<string, string>>, isAnothers: boolean) {
  const variables = Object.entries(env).filter(([name]) => !SHELLS_OWN.test(name));
  const words = Object.entries(env).flatMap(([name, value]) => (SHELLS_OWN.test(name) ? [`${name}=${value}`] : []));
  const before = words.length === 0 ? [] : ['env', ...words];
  if (!isAnothers && variables.every(([name]) => PLAIN.test(name))) return { exported: variables, before };
  const exported = variables.map(([, value], index) => [`netwright_${index}`, `=${value}`] as const);
  const given = variables.map(([name], index) => `${name}="\${netwright_${index}#=}"`).join(' ');
  const away = exported.map(([name]) => name).join(' ');
  const last = variables.length === 0 ? [] : ['sh', '-c', `export ${given}; unset ${away}; exec "$@"`, 'sh'];
  return { exported, before: [...last, ...before] };
}

/** A program as a line of the script, with what keeps it from running. */
export function program({
  scope,
  argv,
  stdin,
  env,
  cwd,
  user,
  unless,
  onlyIf,
  jobSeconds,
  jobName,
  timed,
}: Extract<Command, { do: 'run' }>): string {
  const { exported, before } = exporting(env ?? {}, user !== undefined);
  const words = [
    ...(scope === '' ? [] : ['ip', 'netns', 'exec', scope]),
    ...(user === undefined ? [] : ['sh', '-c', becoming(exported.map(([name]) => name)), user]),
    ...before,
    ...argv,
  ];
  const exports = exported.map(([name, value]) => `export ${name}=${quote(value)}; `).join('');
  const input = stdin === undefined ? '</dev/null' : '';
  // With exec the first word is a program, and never a keyword, a function of ours, or the shell's own echo.
  // What we write is for nobody else; what a program writes is as its host has it.
  const run = `(umask "\${NETWRIGHT_UMASK-022}"; unset NETWRIGHT_UMASK; trap - PIPE; ${exports}exec ${shellLine(words)}) ${input} 9>&-`;
  const line = `${stdin === undefined ? '' : `printf %s ${quote(stdin)} | `}${run}`;
  const inside = cwd === undefined ? line : `(cd ${quote(cwd)} && ${line})`;
  const skip = jobSeconds === undefined ? `mark 'skip'` : SKIPPED;
  const guards = [
    ...(unless === undefined
      ? []
      : [`if [ -e ${quote(unless)} ]; then ${skip}; printf %s ${quote(`${unless} exists`)}`]),
    ...(onlyIf === undefined
      ? []
      : [`if [ ! -e ${quote(onlyIf)} ]; then ${skip}; printf %s ${quote(`${onlyIf} does not exist`)}`]),
  ];
  if (jobSeconds !== undefined) return caught(jobStep(guarded(guards, inside), jobSeconds, timed, jobName));
  return guarded(guards, caught(inside, timed));
}

const guarded = (guards: readonly string[], body: string): string =>
  guards.length === 0 ? body : `${guards.join('; el')}; else ${body}; fi`;

/** The two streams are told apart by a file, which is also what keeps a chatty one from blocking the other. */
export const caught = (script: string, timed = false): string => {
  const [before, after, told] = timed ? [`${BEGAN}; `, `${ENDED}; `, ` mark "times ${BOTH}";`] : ['', '', ''];
  return `{ if e=${ownFile('file')}; then ${before}${script} 2>"$e"; rc=$?; ${after}mark stderr; cat "$e"; rm -f "$e";${told} else rc=1; echo "$e"; fi; [ $rc = 0 ] || (exit $rc); }`;
};
