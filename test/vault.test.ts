import { Vault as Cipher } from 'ansible-vault';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatProblem, NetwrightError } from '../src/error.ts';
import { Secrets } from '../src/secret.ts';
import { quote } from '../src/validate/values.ts';
import { parseSource } from '../src/source.ts';
import { isVault, Vault } from '../src/vault.ts';

/** What Debian's ansible-vault wrote. */
const written = (name: string): string => readFileSync(join(import.meta.dirname, 'vault', name), 'utf8');

const RIGHT = { label: undefined, password: 'right' };
const WRONG = { label: undefined, password: 'wrong' };
const LAB = { label: 'lab', password: 'of the lab' };

const vaultOf = (...passwords: ConstructorParameters<typeof Vault>[0]) => new Vault(passwords, new Secrets());

const toldBy = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof NetwrightError) return error.problems.map(formatProblem).join('\n');
    throw error;
  }
  return '';
};

describe('what ansible-vault wrote', () => {
  test('is opened: a value, a value with a label, a whole file', () => {
    const vault = vaultOf(WRONG, LAB, RIGHT);
    expect(vault.value(written('value.txt'), undefined)).toBe('battery-staple');
    expect(vault.value(written('labelled.txt'), undefined)).toBe('with a label');
    expect(isVault(written('file.yml'))).toBe(true);
    expect(parseSource(vault.file(written('file.yml'), 'file.yml'), 'file.yml').source?.value).toMatchObject({
      db_password: 'correct-horse',
    });
  });

  test('becomes a secret, each value of a file by itself', () => {
    const secrets = new Secrets();
    new Vault([RIGHT], secrets).file(written('file.yml'), 'file.yml');
    expect(secrets.blank('db_password: correct-horse, second-key on port 8443, right')).toBe(
      'db_password: ***, *** on port ***, ***',
    );
  });

  test('is not shown where it is no YAML', () => {
    const text = 'password: *hunter2\nnumber: 31415926535897932384626433\nnumber: !tr0ub4dor 1\n- @correct-horse\n';
    for (const broken of [text, text.split('\n').slice(0, 3).join('\n')]) {
      const cipher = new Cipher({ password: 'right' });
      const opened = vaultOf(RIGHT).file(cipher.encryptSync(broken, ''), 'file.yml');
      expect(opened).toBe(broken);
      const { problems } = parseSource(opened, 'file.yml');
      const said = problems.map(formatProblem).join('\n');
      expect(problems.length).toBeGreaterThan(0);
      expect(said).not.toMatch(/hunter2|31415|tr0ub4dor|correct-horse|\|/);
      expect(said).toContain('file.yml:');
    }
  });

  test('is refused with its place where the password is wrong, or not there', () => {
    const text = `token: !vault |\n${written('value.txt').replace(/^/gm, '  ')}`;
    const { source } = parseSource(text, 'vars.yml');
    const at = { source: source!, path: ['token'] };
    expect(toldBy(() => vaultOf(WRONG).value(written('value.txt'), at))).toBe(
      'vars.yml:1:15 [VAULT_PASSWORD] the vault password is not the one that this value was encrypted with\n' +
        '  1 | token: !vault |\n    |               ^',
    );
    expect(toldBy(() => vaultOf().value(written('value.txt'), at))).toContain(
      'vars.yml:1:15 [VAULT_PASSWORD] this value is encrypted, and there is no vault password; give --vault-password-file',
    );
    expect(toldBy(() => vaultOf(RIGHT, WRONG).value(written('labelled.txt'), at))).toContain(
      'none of the vault passwords is the one that this value was encrypted with; it was encrypted for the vault id "lab"',
    );
    expect(toldBy(() => vaultOf(WRONG).file(written('file.yml'), 'file.yml'))).toContain(
      'file.yml:1:1 [VAULT_PASSWORD]',
    );
  });

  test('is refused where somebody changed it, or where it is something else', () => {
    const changed = written('value.txt')
      .trim()
      .replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    expect(toldBy(() => vaultOf(RIGHT).value(changed, undefined))).toContain('[VAULT_PASSWORD]');
    for (const text of [
      '',
      'plain',
      '$ANSIBLE_VAULT;1.1;AES256',
      '$ANSIBLE_VAULT;1.0;AES\n6162',
      '$ANSIBLE_VAULT;1.1;AES256\nxyz',
    ]) {
      expect(toldBy(() => vaultOf(RIGHT).value(text, undefined))).toContain('[BAD_VAULT]');
    }
  });
});

describe('secrets', () => {
  test('are blanked wherever they stand, also quoted for a shell or for JSON, and line by line', () => {
    const secrets = new Secrets();
    secrets.add({ key: 'it\'s\n"two" lines' });
    expect(secrets.blank("a it's b")).toBe('a *** b');
    expect(secrets.blank(`echo 'it'\\''s'`)).toBe("echo '***'");
    expect(secrets.blank(JSON.stringify('"two" lines'))).toBe('"***"');
  });

  test('are blanked where a message shows no more than their beginning', () => {
    const secrets = new Secrets();
    const long = 'a "secret" that is longer than a message ever shows of any value, whatever it is';
    secrets.add(long);
    expect(quote(long)).toHaveLength(61);
    expect(secrets.blank(`must be a number, found text ${quote(long)}`)).toBe('must be a number, found text "***…');
  });

  test('that are short, or numbers, are blanked only where they stand alone', () => {
    const secrets = new Secrets();
    secrets.add(['on', 10, true, null, '']);
    expect(secrets.blank('on: one, 10 of 10.0.0.1/10, nothing: 100')).toBe('on: one, *** of 10.0.0.1/10, nothing: 100');
    expect(secrets.blank('is on.')).toBe('is ***.');
  });

  test('stay secrets in what a template makes of them, but not what stands in the template itself', () => {
    const secrets = new Secrets();
    secrets.addMade('server eth0\nYmF0dGVyeQ==', "server {{ 'eth0' }}\n{{ x | b64encode }}");
    expect(secrets.blank('YmF0dGVyeQ== for eth0')).toBe('*** for eth0');
  });

  test('are in no text that was blanked, whatever they are and wherever they stand', () => {
    const text = fc
      .string({ minLength: 4, maxLength: 12 })
      .filter((one) => one.trim().length >= 4 && !one.includes('*'));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.string(), (all, around) => {
        const secrets = new Secrets();
        secrets.add(all);
        const values = { list: all.map((one) => ({ one: `${around}${one.trim()}${around}` })) };
        const cleaned = secrets.clean(values).list;
        all.forEach((one, index) => {
          if (/^(?:true|false|null|[-{}[\]|>]+|[0-9.]+)$/.test(one.trim())) return;
          expect(cleaned[index]!.one.includes(one.trim()) && !around.includes(one.trim())).toBe(false);
        });
      }),
    );
  });
});
