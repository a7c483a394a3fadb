import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

interface Completion {
  readonly label: string;
}

/** The language server that editors run for YAML, spoken to as they do, over its standard input and output. */
export class LanguageServer {
  readonly #process: ChildProcess;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #diagnostics = new Map<string, (messages: readonly string[]) => void>();
  #settings: unknown;
  #text = Buffer.alloc(0);
  #last = 0;

  private constructor(process: ChildProcess) {
    this.#process = process;
    process.stdout!.on('data', (chunk: Buffer) => {
      this.#text = Buffer.concat([this.#text, chunk]);
      for (let message = this.#next(); message; message = this.#next()) this.#hear(message);
    });
  }

  static async start(customTags: readonly string[]): Promise<LanguageServer> {
    const server = new LanguageServer(
      spawn(process.execPath, ['node_modules/.bin/yaml-language-server', '--stdio'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    await server.#ask('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
    server.#say('initialized', {});
    server.#settings = { validate: true, completion: true, hover: true, schemaStore: { enable: false }, customTags };
    server.#say('workspace/didChangeConfiguration', { settings: { yaml: server.#settings } });
    return server;
  }

  /** What the editor underlines in a text, which says itself what its schema is. */
  check(path: string, text: string): Promise<readonly string[]> {
    const uri = pathToFileURL(path).href;
    const said = new Promise<readonly string[]>((resolve) => this.#diagnostics.set(uri, resolve));
    this.#say('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text } });
    return said;
  }

  /** What it offers where `|` stands in the text. */
  async offers(path: string, text: string): Promise<string[]> {
    const lines = text.slice(0, text.indexOf('|')).split('\n');
    const position = { line: lines.length - 1, character: lines.at(-1)!.length };
    await this.check(path, text.replace('|', ''));
    const textDocument = { uri: pathToFileURL(path).href };
    const { items } = (await this.#ask('textDocument/completion', { textDocument, position })) as {
      readonly items: readonly Completion[];
    };
    return items.map(({ label }) => label);
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }

  #ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#last;
    const answer = new Promise((resolve) => this.#answers.set(id, resolve));
    this.#send({ id, method, params });
    return answer;
  }

  #say(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  #send(message: Message): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#process.stdin!.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  /** The next whole message, if it has come. */
  #next(): Message | undefined {
    const end = this.#text.indexOf('\r\n\r\n');
    const [, length] = /Content-Length: (\d+)/.exec(this.#text.subarray(0, Math.max(0, end)).toString()) ?? [];
    const last = end + 4 + Number(length);
    if (length === undefined || this.#text.length < last) return undefined;
    const message = JSON.parse(this.#text.subarray(end + 4, last).toString()) as Message;
    this.#text = this.#text.subarray(last);
    return message;
  }

  #hear({ id, method, params, result }: Message): void {
    if (method === 'textDocument/publishDiagnostics') {
      const { uri, diagnostics } = params as {
        uri: string;
        diagnostics: { message: string; range: { start: { line: number } } }[];
      };
      const lines = diagnostics.map(({ message, range }) => `${range.start.line + 1}: ${message.split('\n')[0]}`);
      this.#diagnostics.get(uri)?.(lines);
    } else if (method !== undefined && id !== undefined) {
      // It asks for its settings, and for those of others, of which there are none.
      const items = (params as { items?: readonly { section?: string }[] } | undefined)?.items ?? [];
      this.#send({ id, result: items.map(({ section }) => (section === 'yaml' ? this.#settings : null)) });
    } else if (id !== undefined) this.#answers.get(id)?.(result);
  }
}
