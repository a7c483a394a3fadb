import { spawnSync } from 'node:child_process';
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
});

test.each(['bash', 'zsh', 'fish'])('there is a script for %s', async (shell) => {
  const said: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((text) => said.push(String(text)));
  expect(await main(['complete', shell])).toBe(0);
  expect(said.join('\n')).toContain('netwright complete --');
  if (shell !== 'bash') return;
  const { status, stderr } = spawnSync('bash', ['-n'], { input: said.join('\n'), encoding: 'utf8' });
  expect(status, stderr).toBe(0);
});
