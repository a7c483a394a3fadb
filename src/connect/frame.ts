/** One stretch of output: what stands between a mark and the next. */
export interface Section {
  /** The name of the mark before it; `''` for what came before the first one. */
  readonly name: string;
  readonly bytes: Buffer;
  /** The same as UTF-8, with U+FFFD for what is none. */
  readonly text: string;
}

export interface Listener {
  text(bytes: Buffer): void;
  /** The rest of the mark's line after the nonce: ` NAME` for a script's mark, `!…` for the runner's own. */
  mark(rest: string): void;
  /** The text so far is followed by a newline; whether that is the text's own or a mark's is not known yet. */
  newline?(): void;
}

const NEWLINE = 0x0a;

/**
 * Cuts a stream at the lines that begin with the nonce. A mark takes with it the newline before it, which it
 * printed itself, so the text around it keeps its exact bytes.
 */
export function splitter(nonce: string, listener: Listener): (chunk: Buffer) => void {
  const token = Buffer.from(`\n${nonce}`);
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let from = 0;
    for (;;) {
      const start = data.indexOf(token, from);
      const until = start === -1 ? data.length - unfinished(data, from, token) : start;
      if (until > from) listener.text(data.subarray(from, until));
      const end = start === -1 ? -1 : data.indexOf(NEWLINE, start + token.length);
      if (end === -1) {
        pending = Buffer.from(data.subarray(until));
        if (pending.length > 0) listener.newline?.();
        return;
      }
      listener.mark(data.toString('utf8', start + token.length, end));
      from = end + 1;
    }
  };
}

/** How many bytes at the end of `data` may be the beginning of a token. */
function unfinished(data: Buffer, from: number, token: Buffer): number {
  let at = data.indexOf(NEWLINE, Math.max(from, data.length - token.length + 1));
  while (at !== -1) {
    if (token.subarray(0, data.length - at).equals(data.subarray(at))) return data.length - at;
    at = data.indexOf(NEWLINE, at + 1);
  }
  return 0;
}

/** Gathers sections until the end mark of its exchange. */
export interface Collector extends Listener {
  readonly sections: () => Section[];
}

export interface CollectorHooks {
  /** A whole line of output, without its newline; marks are not among them. */
  readonly onLine?: ((line: string) => void) | undefined;
  readonly onMark?: ((name: string) => void) | undefined;
  readonly onEnd: (number: number, rc: number) => void;
  /** A mark of the runner's own that is not the end. */
  readonly onNotice: (what: string) => void;
  readonly onSize: (bytes: number) => void;
}

export function collector(endMark: string, hooks: CollectorHooks): Collector {
  const parts: { name: string; chunks: Buffer[] }[] = [{ name: '', chunks: [] }];
  const lines = lineReader(hooks.onLine);
  let size = 0;
  return {
    text(bytes) {
      size += bytes.length;
      hooks.onSize(size);
      parts.at(-1)!.chunks.push(bytes);
      lines.text(bytes);
    },
    newline() {
      lines.newline();
    },
    mark(rest) {
      lines.end();
      if (rest.startsWith(' ')) {
        parts.push({ name: rest.slice(1), chunks: [] });
        hooks.onMark?.(rest.slice(1));
      } else if (rest.startsWith(endMark)) {
        const [number, rc] = rest.slice(endMark.length).trim().split(' ').map(Number);
        hooks.onEnd(number ?? -1, rc ?? -1);
      } else {
        hooks.onNotice(rest);
      }
    },
    sections: () => parts.map(section).filter(({ name, bytes }) => name !== '' || bytes.length > 0),
  };
}

/** Tells whole lines as early as they are known to be whole. */
function lineReader(onLine: ((line: string) => void) | undefined) {
  let line: Buffer[] = [];
  let told = false;
  const tell = (): void => {
    onLine?.(Buffer.concat(line).toString('utf8'));
    line = [];
  };
  return {
    text(bytes: Buffer): void {
      if (onLine === undefined) return;
      // The newline of a line that was told already.
      let from = told && bytes[0] === NEWLINE ? 1 : 0;
      told = false;
      for (let at = bytes.indexOf(NEWLINE, from); at !== -1; at = bytes.indexOf(NEWLINE, from)) {
        line.push(bytes.subarray(from, at));
        tell();
        from = at + 1;
      }
      if (from < bytes.length) line.push(bytes.subarray(from));
    },
    newline(): void {
      if (line.length === 0) return;
      tell();
      told = true;
    },
    end(): void {
      if (line.length > 0) tell();
      told = false;
    },
  };
}

function section({ name, chunks }: { name: string; chunks: Buffer[] }): Section {
  const bytes = Buffer.concat(chunks);
  return {
    name,
    bytes,
    get text() {
      return bytes.toString('utf8');
    },
  };
}
