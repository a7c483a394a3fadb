import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { NetwrightError } from '../error.ts';
import type { Files, Ran } from '../inventory.ts';
import { newBudget, placeOf, type At, type Vaulted } from '../source.ts';
import { mentionsFacts } from '../resolve.ts';
import { isVault, Vault } from '../vault.ts';
import { digestOf, isProgram, runProgram } from './program.ts';
import { secrets } from './secrets.ts';

/** Bytes of all texts that are read, together. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Bytes of all files that go to hosts, together: they are held in memory. */
const MOST_CONTENT = 256 * 1024 * 1024;

/** Throws for a program that is not to be run. */
export type Programs = (path: string) => void;

/** Reads files for the parts that are pure, and remembers what it read. */
export class DiskFiles implements Files {
  readonly budget = newBudget();
  readonly #read = new Map<string, string>();
  /** SHA-256 of files and programs as they are on the disk. */
  readonly #digests = new Map<string, string>();
  readonly #vault: Vault;
  readonly #programs: Programs;
  readonly #contents = new Map<string, Buffer>();
  #facts = false;
  #bytes = 0;
  #content = 0;

  constructor(vault = new Vault([], secrets), programs: Programs = () => undefined) {
    this.#vault = vault;
    this.#programs = programs;
  }

  /** A value that was encrypted in place. */
  reveal(closed: Vaulted, at: At | undefined): string {
    return this.#vault.value(closed.text, at);
  }

  /** The path with every link in it followed; nothing where there is nothing. */
  real(path: string): string | undefined {
    try {
      return realpathSync(path);
    } catch {
      return undefined;
    }
  }

  read(path: string): string | undefined {
    const known = this.#read.get(path);
    if (known !== undefined) return known;
    try {
      const stat = statSync(path);
      if (!stat.isFile()) return undefined;
      this.#count(stat.size, path);
      const content = readFileSync(path);
      this.#digests.set(path, digestOf(content));
      const text = this.#open(content.toString('utf8'), path);
      this.#read.set(path, text);
      return text;
    } catch (error) {
      if (error instanceof NetwrightError) throw error;
      return undefined;
    }
  }

  #count(bytes: number, file: string): void {
    this.#bytes += bytes;
    if (this.#bytes <= MOST_BYTES) return;
    throw new NetwrightError({
      code: 'TOO_LARGE',
      message: `with this file, more than ${MOST_BYTES / 1024 / 1024} MiB were to be read`,
      place: { file, line: 1, column: 1 },
      hint: 'what is large belongs into files that are copied',
    });
  }

  #open(text: string, path: string): string {
    const open = isVault(text) ? this.#vault.file(text, path) : text;
    this.#facts ||= mentionsFacts(open);
    return open;
  }

  /** Whether anything that was read uses facts of hosts. */
  get mentionsFacts(): boolean {
    return this.#facts;
  }

  /** A file that may hold anything, for whoever is at this place; what it held counts as read. */
  bytes(path: string, at: At | undefined): Buffer {
    const known = this.#contents.get(path);
    if (known) return known;
    const content = this.#contentOf(path, at);
    this.#contents.set(path, content);
    return content;
  }

  #contentOf(path: string, at: At | undefined): Buffer {
    this.#content += statSync(path).size;
    if (this.#content > MOST_CONTENT) {
      throw new NetwrightError({
        code: 'TOO_LARGE',
        message: `with ${basename(path)}, more than ${MOST_CONTENT / 1024 / 1024} MiB were to be sent`,
        place: at && placeOf(at),
        hint: 'let the hosts fetch it themselves',
      });
    }
    const content = readFileSync(path);
    const digest = digestOf(content);
    this.#digests.set(path, digest);
    this.#read.set(path, digest);
    const open = this.#open(content.toString('latin1'), path);
    return isVault(content.toString('latin1')) ? Buffer.from(open) : content;
  }

  list(path: string): readonly string[] | undefined {
    try {
      return readdirSync(path);
    } catch {
      return undefined;
    }
  }

  isProgram(path: string): boolean {
    return isProgram(path);
  }

  run(path: string, argv: readonly string[]): Ran {
    this.#programs(path);
    this.#digests.set(path, digestOf(readFileSync(path)));
    const ran = runProgram(path, argv);
    if ('failed' in ran) return ran;
    this.#count(Buffer.byteLength(ran.output), path);
    this.#facts ||= mentionsFacts(ran.output);
    this.#read.set(`${path} ${argv.join(' ')}`, ran.output);
    return ran;
  }

  /** The text of a file that has to be there. */
  must(path: string, what: string): string {
    const text = this.read(path);
    if (text !== undefined) return text;
    throw new NetwrightError({
      code: 'NO_FILE',
      message: `there is no ${what} ${path}`,
      hint: existsSync(path) ? 'it is not a readable file' : nearFile(path),
    });
  }

  /** SHA-256 of each file that was read and each program that was run. */
  digests(): Record<string, string> {
    return Object.fromEntries(this.#digests);
  }

  /** SHA-256 over everything that was read, and what programs printed, by path. */
  digest(): string {
    const hash = createHash('sha256');
    for (const [path, text] of [...this.#read].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      hash.update(JSON.stringify([path, text]));
    }
    return hash.digest('hex');
  }
}

/** A playbook's path in its repository; the whole path where it is in none. */
export function pathInRepository(path: string): string {
  const whole = resolve(path);
  const repository = repositoryOf(whole);
  return repository === undefined ? whole : relative(repository, whole);
}

/**
 * The folder that holds everything a playbook may take in: its repository, else the one we stand in, else its own, or
 * the one above where its own is one of `playbooks`.
 */
export function projectOf(path: string): string {
  const whole = resolve(path);
  const here = process.cwd();
  const own = dirname(whole);
  const alone = basename(own) === 'playbooks' ? dirname(own) : own;
  const found = repositoryOf(whole) ?? (here !== '/' && whole.startsWith(`${here}/`) ? here : alone);
  return realpathSync(found);
}

function repositoryOf(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Whether a path is a folder or in it; both without links. */
export const isInside = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === sep ? sep : folder + sep);

/** The same name with an ending, or in the usual folder. */
function nearFile(path: string): string | undefined {
  const near = [path, `playbooks/${path}`].flatMap((one) => [one, `${one}.yml`, `${one}.yaml`]).find(isFile);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
