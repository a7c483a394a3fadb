import { Vault as Cipher } from 'ansible-vault';
import { NetwrightError, type Problem } from './error.ts';
import type { Secrets } from './secret.ts';
import { hideText, parseSource, placeOf, type At } from './source.ts';

/** A password, and the label that `--vault-id` gave it. */
export interface VaultPassword {
  readonly label: string | undefined;
  readonly password: string;
}

/** Whether `ansible-vault` wrote a whole file. */
export const isVault = (text: string): boolean => text.startsWith('$ANSIBLE_VAULT;');

/** Opens what `ansible-vault` closed (formats 1.1 and 1.2, AES256). Whatever it opens becomes a secret. */
export class Vault {
  readonly #passwords: readonly VaultPassword[];
  readonly #secrets: Secrets;
  /** A key takes a hundredth of a second to derive. */
  readonly #opened = new Map<string, string>();

  constructor(passwords: readonly VaultPassword[], secrets: Secrets) {
    this.#passwords = passwords;
    this.#secrets = secrets;
    secrets.add(passwords.map(({ password }) => password));
  }

  /** A value that was encrypted in place. Throws what is wrong, with its place. */
  value(closed: string, at: At | undefined): string {
    const text = this.#open(closed, { place: at && placeOf(at) }, 'this value');
    this.#secrets.add(text);
    return text;
  }

  /** A whole file: its keys may be seen, its values not. */
  file(closed: string, file: string): string {
    const first = closed.split('\n', 1)[0]!;
    const text = this.#open(closed, { place: { file, line: 1, column: 1, text: first } }, 'this file');
    hideText(text);
    const { source, problems } = parseSource(text, file);
    // Where nobody can tell keys from values, no line is shown.
    this.#secrets.add(source === undefined || problems.length > 0 ? text : source.value);
    return text;
  }

  #open(given: string, where: Pick<Problem, 'place'>, what: string): string {
    const closed = given.trim();
    const known = this.#opened.get(closed);
    if (known !== undefined) return known;
    const label = /^\$ANSIBLE_VAULT;1\.2;AES256;([^\s;]+)/.exec(closed)?.[1];
    if (!/^\$ANSIBLE_VAULT;1\.[12];AES256(;[^\s;]+)?\s[0-9a-f\s]+$/.test(closed)) {
      throw new NetwrightError({
        ...where,
        code: 'BAD_VAULT',
        message: `${what} is not what ansible-vault writes`,
        hint: 'it begins with $ANSIBLE_VAULT;1.1;AES256, and lines of hexadecimal digits follow',
      });
    }
    const named = label === undefined ? '' : ` for "${label}"`;
    if (this.#passwords.length === 0) {
      throw new NetwrightError({
        ...where,
        code: 'VAULT_PASSWORD',
        message: `${what} is encrypted, and there is no vault password${named}`,
        hint: 'give --vault-password-file FILE or --ask-vault-pass',
      });
    }
    // As Ansible: the one of that label first, then all others.
    const isMeant = (one: VaultPassword): boolean => one.label !== undefined && one.label === label;
    const order = [...this.#passwords.filter(isMeant), ...this.#passwords.filter((one) => !isMeant(one))];
    for (const { password } of order) {
      const text = tried(closed, password);
      if (text === undefined) continue;
      this.#opened.set(closed, text);
      return text;
    }
    const message = order.length === 1 ? 'the vault password is not the one' : 'none of the vault passwords is the one';
    throw new NetwrightError({
      ...where,
      code: 'VAULT_PASSWORD',
      message: `${message} that ${what} was encrypted with`,
      hint: label === undefined ? undefined : `it was encrypted for the vault id "${label}"`,
    });
  }
}

/** Nothing where the password is wrong, or where somebody changed what is in the vault. */
function tried(closed: string, password: string): string | undefined {
  try {
    return new Cipher({ password }).decryptSync(closed, undefined);
  } catch {
    return undefined;
  }
}
