import { readFileSync } from 'node:fs';
import { NetwrightError } from '../error.ts';
import { Secrets } from '../secret.ts';
import { Vault, type VaultPassword } from '../vault.ts';
import { askSecret } from './ask.ts';
import { isProgram, runProgram } from './program.ts';

/** Of the whole process, as its output is one: whoever prints looks here. */
export const secrets = new Secrets();

/** Where vault passwords come from, in the words of the command line. */
export interface VaultSources {
  readonly passwordFiles: readonly string[];
  /** `LABEL@FILE`, `LABEL@prompt`, or either without a label. */
  readonly ids: readonly string[];
  readonly ask: boolean;
}

const opened = new Map<string, Vault>();

/** The files that hold vault passwords, and the programs that print them. */
export const vaultFiles = ({ passwordFiles, ids }: VaultSources): string[] =>
  [...passwordFiles, ...ids.map((id) => partsOf(id).source)].filter((source) => source !== 'prompt');

/** Of `LABEL@FILE`, or of a file without a label. */
function partsOf(id: string): { readonly label: string | undefined; readonly source: string } {
  const at = id.indexOf('@');
  return at < 0 ? { label: undefined, source: id } : { label: id.slice(0, at), source: id.slice(at + 1) };
}

/** Reads, and asks for, the passwords; only once, however many playbooks there are. */
export function openVault(sources: VaultSources): Vault {
  const key = JSON.stringify(sources);
  const vault = opened.get(key) ?? newVault(sources);
  opened.set(key, vault);
  return vault;
}

function newVault({ passwordFiles, ids, ask }: VaultSources): Vault {
  const ofId = (id: string): VaultPassword => {
    const { label, source } = partsOf(id);
    const password = source === 'prompt' ? asked(label) : ofFile(source, 'vault');
    return { label, password };
  };
  const passwords = [
    ...ids.map(ofId),
    ...passwordFiles.map((path) => ({ label: undefined, password: ofFile(path, 'vault') })),
    ...(ask ? [{ label: undefined, password: asked(undefined) }] : []),
  ];
  return new Vault(passwords, secrets);
}

let become: string | undefined;

/** The password that sudo wants on every host that names none of its own; asked for once. */
export function becomePassword(file: string | undefined, ask: boolean): string | undefined {
  if (file !== undefined) become ??= ofFile(file, 'become');
  else if (ask) become ??= askSecret('Become password: ', '--become-password-file FILE');
  return become;
}

const asked = (label: string | undefined): string =>
  askSecret(label === undefined ? 'Vault password: ' : `Vault password (${label}): `, '--vault-password-file FILE');

type Use = 'vault' | 'become';

/** What a file holds, or what a program prints, without the white space around it, as Ansible takes it. */
function ofFile(path: string, use: Use): string {
  const password = isProgram(path) ? printedBy(path, use) : heldBy(path, use);
  if (password !== '') return password;
  throw new NetwrightError({ code: codeOf(use), message: `there is no password in ${path}` });
}

const codeOf = (use: Use): string => `${use.toUpperCase()}_PASSWORD`;

function printedBy(path: string, use: Use): string {
  const ran = runProgram(path, []);
  if ('output' in ran) return ran.output.trim();
  throw new NetwrightError({ code: codeOf(use), message: `the ${use} password program ${path} ${ran.failed}` });
}

function heldBy(path: string, use: Use): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new NetwrightError({ code: 'NO_FILE', message: `there is no ${use} password file ${path}` });
  }
}
