import { expect, test } from 'vitest';
import { engineContainer, engineContainerType } from '../src/objects/engine-container.ts';
import { process, processType } from '../src/objects/process.ts';

test('the ledger keeps no arguments and no variables of programs, which may be secrets', () => {
  const program = process('lab-web', { argv: ['serve', '--token', 'canary'] });
  expect(processType.kept!(program.data)).toEqual({ argv: ['serve'] });
  const container = engineContainer({
    runtime: 'docker',
    name: 'lab-web',
    image: 'web:1',
    command: ['serve', '--token', 'canary'],
    options: { network: ['none'] },
    env: { TOKEN: 'canary' },
  });
  const kept = engineContainerType.kept!(container.data);
  expect(JSON.stringify(kept)).not.toContain('canary');
  expect(kept).toMatchObject({ name: 'lab-web', image: 'web:1', options: { network: ['none'] } });
  // It still tells whether something is another one now.
  expect(engineContainerType.kept!({ ...container.data, env: { TOKEN: 'other' } })).not.toEqual(kept);
});
