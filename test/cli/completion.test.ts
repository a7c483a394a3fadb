import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { main } from '../../src/cli.ts';

const argv = process.argv;
afterEach(() => {
  process.argv = argv;
  vi.restoreAllMocks();
});

/** What a shell is told for a line up to the cursor. */
async function completed(...words: string[]): Promise<string[]> {
  const said: unknown[] = [];
  vi.spyOn(console, 'log').mockImplementation((line) => said.push(line));
  process.argv = ['node', 'netwright', 'complete', '--', ...words];
  expect(await main(process.argv.slice(2))).toBe(0);
  return said.map((line) => String(line).split('\t')[0]!);
}

test('commands, options, playbooks and hosts are offered', async () => {
  expect(await completed('')).toEqual(expect.arrayContaining(['run', 'plan', 'destroy', 'exec', 'inventory']));
  expect(await completed('run', '--li')).toEqual(expect.arrayContaining(['--limit']));
  expect(await completed('run', 'playbooks/q')).toContain('playbooks/quickstart.yml');
  expect(await completed('plan', 'x.yml', '-i', 'inventory/la')).toContain('inventory/lab.yml');
  expect(await completed('run', '-i', 'inventory/lab.yml', '--limit', 'h1')).toEqual(
    expect.arrayContaining(['h1', 'h10']),
  );
  expect(await completed('run', '-i', 'inventory/lab.yml', '--limit=h1')).toEqual(['h1', 'h10', ':4']);
  expect(await completed('docs', 'br')).toEqual(['bridge', ':4']);
  expect(await completed('inventory', '-i', 'inventory/lab.yml', '--host', 'h2')).toEqual(['h2', ':4']);
});

/** The script for a shell, as it is printed. */
async function scriptFor(shell: string): Promise<string> {
  let said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  expect(await main(['complete', shell])).toBe(0);
  vi.restoreAllMocks();
  return said;
}

test.each(['bash', 'zsh', 'fish'])('there is a script for %s', async (shell) => {
  expect(await scriptFor(shell)).toContain('netwright complete -- ');
});

test('bash completes with nothing but itself, also when told twice, and runs nothing that stands on the line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'netwright-completion-'));
  const answer = `#!/bin/sh\nprintf '<%s>' "$@" >${folder}/asked\nprintf '%s\\n' 'playbooks/\tx' 'run\tplan' h1 'web:h1' --limit :4\n`;
  writeFileSync(join(folder, 'netwright'), answer, { mode: 0o755 });
  const script = await scriptFor('bash');
  const typed = (line: string, words: readonly string[]): string => {
    const input = `set -u\n${script}\n${script}\nCOMP_LINE=$1 COMP_POINT=\${#1}; program=$2; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
compopt() { :; }; _netwright "$program"; printf '%s ' "\${COMPREPLY[@]-}"`;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-s', line, words[0]!, ...words], {
      input,
      encoding: 'utf8',
      env: { PATH: `${folder}:${process.env.PATH}` },
    });
    expect(stderr).toBe('');
    return `${readFileSync(join(folder, 'asked'), 'utf8')} ${stdout.trim()}`;
  };
  try {
    expect(typed('netwright ', ['netwright', ''])).toBe('<complete><--><> playbooks/ run h1 web:h1 --limit');
    expect(typed('netwright r', ['netwright', 'r'])).toBe('<complete><--><r> run');
    expect(typed('netwright-playbook play', ['netwright-playbook', 'play'])).toBe(
      '<complete><--><run><play> playbooks/',
    );
    // Bash takes these for words of their own, and replaces the last.
    expect(typed('netwright run web:', ['netwright', 'run', 'web', ':'])).toBe('<complete><--><run><web:> h1');
    expect(typed('netwright run --limit=h', ['netwright', 'run', '--limit', '=', 'h'])).toBe(
      '<complete><--><run><--limit=h> h1',
    );
    const evil = `$(touch ${folder}/run)`;
    expect(typed(`netwright ${evil} r`, ['netwright', evil, 'r'])).toContain('<r> run');
    expect(readdirSync(folder).toSorted()).toEqual(['asked', 'netwright']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
