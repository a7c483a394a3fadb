import type { Command } from 'commander';
import { importPipework } from '../pipework.ts';
import { renderYaml } from '../source.ts';

/** Adds `import`, which prints the playbook of what another tool is told on its command line. */
export const addImport = (command: Command): void => {
  command
    .command('pipework')
    .description("the YAML of command lines of pipework, one a word: 'pipework br1 web 192.168.1.1/24'")
    .argument('<line...>', 'a whole command line')
    .action((lines: readonly string[]) => {
      process.stdout.write(text(lines));
    });
};

const text = (lines: readonly string[]): string => {
  const said = lines.map((line) => `# ${line.replaceAll(/\s+/g, ' ').trim()}\n`).join('');
  return `${said}${renderYaml([importPipework(lines)])}`;
};
