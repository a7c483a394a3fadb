/** A mistake that somebody could make, and the test that has to find it. */
export interface Bug {
  readonly name: string;
  readonly file: string;
  /** Stands there once; if it does not any more, choose the line anew. */
  readonly right: string;
  readonly wrong: string;
  readonly project: 'unit' | 'net';
  readonly test: string;
  /** Which of the tests in there; a regular expression. */
  readonly named: string;
}

export const bugs: readonly Bug[] = [
  {
    name: 'whatever has the name of ours counts as ours',
    file: 'src/objects/marks.ts',
    right: 'return marks === 2 || (marks === 1 && ground.entry !== undefined);',
    wrong: 'return marks >= 0;',
    project: 'unit',
    test: 'test/tasks.test.ts',
    named: 'bridge refuses',
  },
  {
    name: 'a link is marked only after it was made',
    file: 'src/objects/bridge.ts',
    right: "        'group',\n        `${group}`,\n",
    wrong: '',
    project: 'unit',
    test: 'test/tasks.test.ts',
    named: 'bridge creates',
  },
  {
    name: 'the host is not locked, only the controller knows',
    file: 'src/run/lock.ts',
    right: '&& { flock -n ${LOCK_DESCRIPTOR} ||',
    wrong: '&& { true ||',
    project: 'net',
    test: 'test/run/lock.test.ts',
    named: 'under dash the lock of a host is not waited for',
  },
  {
    name: 'a change is confirmed over the connection that it was made by',
    file: 'src/run/fleet.ts',
    right: 'return openSession(there, { ...this.#options, connectTimeoutSeconds: 3 });',
    wrong: 'return Promise.resolve({ ...there, ...member }.run!.session);',
    project: 'net',
    test: 'test/net/lockout.test.ts',
    named: 'nobody new comes',
  },
  {
    name: 'a file that was cut short takes the place of the good one',
    file: 'src/apply/steps.ts',
    right: ' && [ "$(wc -c <"$t")" -eq "$3" ] &&',
    wrong: ' ;',
    project: 'unit',
    test: 'test/apply/failures.test.ts',
    named: 'under dash a ledger stays whole',
  },
  {
    name: 'what is to be written is not remembered before it is begun',
    file: 'src/apply/steps.ts',
    right: `printf '%s\\n' "$t" "$made" >\${UNFINISHED}`,
    wrong: 'true',
    project: 'unit',
    test: 'test/apply/failures.test.ts',
    named: 'under dash a file that was being written',
  },
  {
    name: 'the ledger is not written before the first change',
    file: 'src/apply/script.ts',
    right: "if (writes.intent) lines.push(ledger(writes.intent, 'intent'));",
    wrong: '',
    project: 'unit',
    test: 'test/apply/failures.test.ts',
    named: 'under dash a ledger is written before',
  },
  {
    name: 'what left the playbook goes before the rest has succeeded',
    file: 'src/plan/host.ts',
    right: 'planned.push(...planner.prune(identities(tasks)))',
    wrong: 'planned.unshift(...planner.prune(identities(tasks)))',
    project: 'unit',
    test: 'test/tasks.test.ts',
    named: 'container',
  },
  {
    name: 'the allocation forgets who had which address',
    file: 'src/plan/host.ts',
    right: 'contextOf(lab, host, tasks, heldAddresses(before)',
    wrong: 'contextOf(lab, host, tasks, new Map()',
    project: 'unit',
    test: 'test/tasks.test.ts',
    named: 'container keeps',
  },
  {
    name: 'what was adopted is forgotten by the next run',
    file: 'src/plan/planner.ts',
    right: '{ before: ground.entry.before }',
    wrong: '{ before: undefined }',
    project: 'unit',
    test: 'test/tasks.test.ts',
    named: 'adopts',
  },
  {
    name: 'things are taken away in the order in which they were made',
    file: 'src/plan/planner.ts',
    right: 'for (const [key, entry] of owned.toReversed())',
    wrong: 'for (const [key, entry] of owned)',
    project: 'unit',
    test: 'test/tasks.test.ts',
    named: 'bridge (changes|removes|adopts)',
  },
  {
    name: 'half an answer counts as all of it',
    file: 'src/facts/parse.ts',
    right: "if (!sections.some(({ name }) => name === 'end')) throw cutShort(host);",
    wrong: '',
    project: 'unit',
    test: 'test/facts.test.ts',
    named: 'cut short',
  },
  {
    name: "a file that is rewritten in place is nobody's when a run was killed within it",
    file: 'src/objects/file.ts',
    right: 'inPlace === true && content.startsWith(found.content)',
    wrong: 'inPlace === true && false',
    project: 'unit',
    test: 'test/tasks.test.ts',
    named: 'half written',
  },
  {
    name: 'forwarding that is off already gives nothing back that went with it',
    file: 'src/objects/forwarding.ts',
    right: 'if (found === given.on) return rest(scope, family, given, world);',
    wrong: 'if (found === given.on) return [];',
    project: 'unit',
    test: 'test/tasks.test.ts',
    named: 'off already',
  },
];
