// Writes down what the real Ansible says of the cases in test/inventory/ansible; read the difference before it is committed.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printedByAnsible } from './ansible.ts';
import { caseNames, expectedOf, readCase } from './case.ts';

const folder = mkdtempSync(join(tmpdir(), 'netwright-ansible-'));
const said = printedByAnsible(caseNames.map((name) => [join(folder, name), readCase(name)] as const));
caseNames.forEach((name, index) => {
  writeFileSync(expectedOf(name), `${JSON.stringify(said[index], null, 2)}\n`);
});
