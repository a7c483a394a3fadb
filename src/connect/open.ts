import { randomBytes } from 'node:crypto';
import { isUserName, program } from './become.ts';
import { Channel } from './channel.ts';
import { becomeFailed, Busy, interrupted, notOpened } from './failure.ts';
import { preamble, READY } from './runner.ts';
import { ShellSession, type Session } from './session.ts';
import { argvFor, type Target } from './target.ts';
import type { Watch } from './watch.ts';

export interface SessionOptions {
  /** Seconds for the TCP connection and the first words; login and become may take 2 more. */
  readonly connectTimeoutSeconds?: number | undefined;
  readonly sshConfig?: string | undefined;
  /** Ends the session at once, also in the middle of an exchange. */
  readonly signal?: AbortSignal | undefined;
  readonly watch?: Watch | undefined;
}

const ATTEMPTS = 3;

const token = (): string => randomBytes(16).toString('hex');

/**
 * Opens the one session with a host. Errors are NetwrightErrors with UNREACHABLE, AUTH_FAILED, HOST_KEY_CHANGED,
 * HOST_KEY_UNKNOWN or BECOME_FAILED; all of it takes at most the connect timeout and 2 seconds.
 */
export async function openSession(target: Target, options: SessionOptions = {}): Promise<Session> {
  const until = performance.now() + ((options.connectTimeoutSeconds ?? 10) + 2) * 1000;
  options.watch?.({ type: 'begin', host: target.name, what: 'connecting' });
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        return await open(target, options, until);
      } catch (error) {
        const pause = attempt * 300 * (0.5 + Math.random());
        if (!(error instanceof Busy) || attempt === ATTEMPTS || performance.now() + pause > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  } finally {
    options.watch?.({ type: 'end', host: target.name });
  }
}

async function open(target: Target, options: SessionOptions, until: number): Promise<Session> {
  const { become } = target;
  if (become.enabled && !isUserName(become.user)) {
    throw becomeFailed(target, { message: `${JSON.stringify(become.user)} is not a user name` });
  }
  if (/[\0\r\n]/.test(become.password ?? '')) {
    // What came after the end of the line would be read by the shell.
    throw becomeFailed(target, { message: 'the become password holds the end of a line' });
  }
  const connectTimeoutSeconds = options.connectTimeoutSeconds ?? 10;
  const there = token();
  const prompt = token();
  const argv = argvFor(target, program(become, there, prompt), { ...options, connectTimeoutSeconds });
  if (options.signal?.aborted) throw interrupted(target);
  const channel = await Channel.start(argv);
  const opening: Opening = { target, channel, signal: options.signal, until, seconds: connectTimeoutSeconds + 2 };
  if (become.enabled) await changeUser(opening, there, prompt);
  const nonce = token();
  await hear(opening, `\n${nonce}${READY}\n`, () => {
    channel.write(preamble(nonce));
  });
  return new ShellSession(target, channel, nonce, options);
}

interface Opening {
  readonly target: Target;
  readonly channel: Channel;
  readonly signal: AbortSignal | undefined;
  readonly until: number;
  readonly seconds: number;
}

/** Answers one prompt of sudo, once, and waits for the shell behind it. */
async function changeUser(opening: Opening, there: string, prompt: string): Promise<void> {
  const { target, channel } = opening;
  const { password } = target.become;
  let asked = 0;
  await hear(opening, there, undefined, (stderr, fail) => {
    const prompts = stderr.split(prompt).length - 1;
    if (prompts > 1) {
      fail(becomeFailed(target, WRONG_PASSWORD));
      return;
    }
    if (prompts === 1 && asked++ === 0) channel.write(`${password}\n`);
  });
}

const WRONG_PASSWORD = {
  message: 'sudo did not accept the password',
  hint: 'correct the become password; it was tried once',
};

/** Waits until the other side has said `words`; whatever noise comes before (motd, .bashrc) is passed over. */
function hear(
  { target, channel, signal, until, seconds }: Opening,
  words: string,
  begin?: () => void,
  errors?: (all: string, fail: (error: Error) => void) => void,
): Promise<unknown> {
  let heard = '\n';
  return channel.wait<undefined>(
    Math.max(0, until - performance.now()),
    signal,
    (done, fail) => {
      begin?.();
      return {
        output: (chunk) => {
          heard += chunk.toString('latin1');
          if (heard.includes(words)) done(undefined);
          heard = heard.slice(-2048);
        },
        errors: (all) => errors?.(all, fail),
      };
    },
    (gone) => notOpened(target, gone, seconds, channel.stderr, heard),
  );
}
