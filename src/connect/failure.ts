import { EXIT, NetwrightError, printable, type Exit, type Problem } from '../error.ts';
import { explainBecome } from './become.ts';
import type { Gone } from './channel.ts';
import { explainSsh, lastLine } from './explain.ts';
import type { Target } from './target.ts';

export const failure = (problem: Problem, exit: Exit): NetwrightError =>
  new NetwrightError({ ...problem, message: printable(problem.message) }, exit);

export const interrupted = (target: Target): NetwrightError =>
  failure({ code: 'INTERRUPTED', message: `${target.name}: interrupted` }, EXIT.interrupted);

export const becomeFailed = (target: Target, { message, hint }: Pick<Problem, 'message' | 'hint'>): NetwrightError =>
  failure({ code: 'BECOME_FAILED', message: `${target.name}: ${message}`, hint }, EXIT.unreachable);

/** A refusal that another attempt may overcome. */
export class Busy extends NetwrightError {}

/** Why there is no session, from all that was heard. */
export function notOpened(target: Target, gone: Gone, seconds: number, stderr: string, stdout: string): NetwrightError {
  if (gone.why === 'interrupted') return interrupted(target);
  if (gone.why === 'late') return silent(target, seconds, stderr);
  if (target.type === 'ssh' && (gone.code === 255 || /exec: ssh:|ssh: not found/.test(stderr))) {
    const { again, ...problem } = explainSsh(target, stderr);
    const safe = { ...problem, message: printable(problem.message) };
    return again === true ? new Busy(safe, EXIT.unreachable) : new NetwrightError(safe, EXIT.unreachable);
  }
  if (target.become.enabled && stderr.includes('sudo')) {
    return becomeFailed(target, explainBecome(target.become.user, stderr));
  }
  const said = lastLine(stderr) || lastLine(stdout);
  if (target.type === 'docker' || target.type === 'podman') {
    return failure(
      {
        code: 'UNREACHABLE',
        message: `${target.name}: ${said === '' ? `${target.type} exec ended with code ${gone.code ?? 'none'}` : said}`,
        hint: `is the container ${target.address} there, does it run, and has it sh? See ${target.type} ps`,
      },
      EXIT.unreachable,
    );
  }
  return failure(
    {
      code: 'UNREACHABLE',
      message: `${target.name}: the login ended with code ${gone.code ?? 'none'}${said === '' ? '' : `: ${said}`}`,
      hint: "the user's login shell must be able to start sh",
    },
    EXIT.unreachable,
  );
}

function silent(target: Target, seconds: number, stderr: string): NetwrightError {
  const said = lastLine(stderr);
  return failure(
    {
      code: 'UNREACHABLE',
      message: `${target.name}: no shell within ${seconds} seconds${said === '' ? '' : ` (${said})`}`,
      hint: 'what answers there may hang or be very slow; a longer connect timeout may help',
    },
    EXIT.unreachable,
  );
}
