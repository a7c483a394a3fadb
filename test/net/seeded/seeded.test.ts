import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../netwright.ts';
import { run } from '../rig/process.ts';
import { bugs, type Bug } from './bugs.ts';

// Tests that cannot fail prove nothing. Each of these mistakes is made in a copy of the source, and the test that is
// there to find it has to.

const COPIED = ['src', 'tasks', 'test', 'playbooks', 'inventory', 'schemas', 'scripts', 'README.md'];
const CONFIGURATION = ['package.json', 'tsconfig.json', 'vitest.config.ts'];

interface Report {
  readonly numFailedTests: number;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly failureMessages?: readonly string[] }[];
  }[];
}

/** The tests that are to find it, in a copy that has it. */
async function reportOn({ file, right, wrong, project, test: where, named }: Bug): Promise<Report> {
  const copy = mkdtempSync(join(tmpdir(), 'netwright-seeded-'));
  try {
    for (const name of [...COPIED, ...CONFIGURATION]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    const source = readFileSync(join(copy, file), 'utf8');
    expect(source.split(right).length, `"${right}" once in ${file}`).toBe(2);
    writeFileSync(
      join(copy, file),
      source.replace(right, () => wrong),
    );
    const out = join(copy, 'report.json');
    const argv = ['node_modules/vitest/vitest.mjs', 'run', '--project', project, where, '--testNamePattern', named];
    const { stdout, stderr } = await run([process.execPath, ...argv, '--reporter=json', `--outputFile=${out}`], {
      cwd: copy,
    });
    try {
      return JSON.parse(readFileSync(out, 'utf8')) as Report;
    } catch {
      throw new Error(`no report: ${stdout}${stderr}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

test('there are enough of them', () => {
  expect(bugs.length).toBeGreaterThanOrEqual(8);
});

describe.concurrent('a mistake is found', () => {
  test.each(bugs)('$name', { timeout: 300_000 }, async (bug) => {
    const { numFailedTests, testResults } = await reportOn(bug);
    expect(numFailedTests, 'tests that failed').toBeGreaterThan(0);
    const said = testResults.flatMap(({ assertionResults }) =>
      assertionResults.flatMap(({ failureMessages = [] }) => failureMessages),
    );
    // For the mistake's sake, and not because nothing runs any more.
    expect(said.join('\n')).toMatch(/AssertionError|Error: expect/);
  });
});
