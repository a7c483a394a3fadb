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

/** Reads, and asks for, the passwords; only once, however many playbooks there are. */
export function openVault(sources: VaultSources): Vault {
  const key = JSON.stringify(sources);
  const vault = opened.get(key) ?? newVault(sources);
  opened.set(key, vault);
  return vault;
}

function newVault({ passwordFiles, ids, ask }: VaultSources): Vault {
  const ofId = (id: string): VaultPassword => {
    const at = id.indexOf('@');
    const [label, source] = at < 0 ? [undefined, id] : [id.slice(0, at), id.slice(at + 1)];
    const password = source === 'prompt' ? asked(label) : ofFile(source);
    return { label, password };
  };
  const passwords = [
    ...ids.map(ofId),
    ...passwordFiles.map((path) => ({ label: undefined, password: ofFile(path) })),
    ...(ask ? [{ label: undefined, password: asked(undefined) }] : []),
  ];
  return new Vault(passwords, secrets);
}

const asked = (label: string | undefined): string =>
  askSecret(label === undefined ? 'Vault password: ' : `Vault password (${label}): `, '--vault-password-file FILE');

/** What a file holds, or what a program prints, without the white space around it, as Ansible takes it. */
function ofFile(path: string): string {
  const password = isProgram(path) ? printedBy(path) : heldBy(path);
  if (password !== '') return password;
  throw new NetwrightError({ code: 'VAULT_PASSWORD', message: `there is no password in ${path}` });
}

function printedBy(path: string): string {
  const ran = runProgram(path, []);
  if ('output' in ran) return ran.output.trim();
  throw new NetwrightError({ code: 'VAULT_PASSWORD', message: `the vault password program ${path} ${ran.failed}` });
}

function heldBy(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new NetwrightError({ code: 'NO_FILE', message: `there is no vault password file ${path}` });
  }
}
