import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTemplates, scopeOf, TemplateFault, type Templates } from '../../src/template.ts';
import { parseSource } from '../../src/source.ts';

const FILE = join(import.meta.dirname, 'ansible.yml');

/** What the real Ansible made of an expression: its value, or that it is a mistake. */
type Answer = { readonly value: unknown } | { readonly error: string };

const { vars, differs, ...groups } = parseSource(readFileSync(FILE, 'utf8'), FILE).source!.value as {
  readonly vars: Readonly<Record<string, unknown>>;
  /** Where ours is another on purpose, and why. */
  readonly differs: Readonly<Record<string, string>>;
} & Readonly<Record<string, readonly string[]>>;

const RECORDED = join(import.meta.dirname, 'ansible.json');
const shared = createTemplates();
const expressions = Object.values(groups).flat();

// Needs the collections ansible.utils and ansible.netcommon, and the Python packages netaddr and jmespath.
if (process.env.NETWRIGHT_ANSIBLE === '1') {
  const { stdout, stderr } = spawnSync('/usr/bin/python3', [join(import.meta.dirname, 'ask.py')], {
    input: JSON.stringify({ vars, expressions }),
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  writeFileSync(RECORDED, `${JSON.stringify(JSON.parse(stdout), null, 2)}\n`);
}

const recorded = JSON.parse(readFileSync(RECORDED, 'utf8')) as Readonly<Record<string, Answer>>;

describe.each(Object.entries(groups))('expressions %s are as in Ansible', (_, list) => {
  test.each(list)('%s', (expression) => {
    const answer = recorded[expression]!;
    // Texts, so that the order of keys counts.
    const text = JSON.stringify(answer);
    let ours = JSON.stringify(evaluate(expression, shared));
    // Where two mappings have the same keys in another order, an earlier expression may decide which one counts.
    if (ours !== text) ours = JSON.stringify(evaluate(expression, createTemplates()));
    if (Object.hasOwn(differs, expression)) expect(ours).not.toBe(text);
    else if ('error' in answer) expect(ours).toMatch(/^{"error":/);
    else expect(ours).toBe(text);
  });
});

test('every expression that differs on purpose is asked', () => {
  expect(Object.keys(differs).filter((one) => !expressions.includes(one))).toEqual([]);
});

function evaluate(expression: string, templates: Templates): Answer {
  try {
    return { value: templates.evaluate(expression, scopeOf(vars)) };
  } catch (error) {
    if (error instanceof TemplateFault) return { error: error.message };
    throw error;
  }
}
