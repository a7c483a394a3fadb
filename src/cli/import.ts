import { Option, type Command } from 'commander';
import { importPipework, RUNTIMES, type Runtime } from '../pipework.ts';
import { renderYaml } from '../source.ts';

/** Adds `import`, which prints the playbook of what another tool is told on its command line. */
export const addImport = (command: Command): void => {
  command
    .command('pipework')
    .description("the YAML of command lines of pipework, one a word: 'pipework br1 web 192.168.1.1/24'")
    .argument('<line...>', 'a whole command line, or the words of one')
    // Words of pipework's that look like options of ours.
    .allowUnknownOption()
    .addOption(
      new Option('--runtime <name>', 'who runs the guests; netns: namespaces that the playbook makes')
        .choices(RUNTIMES)
        .default('docker'),
    )
    .action((lines: readonly string[], { runtime }: { readonly runtime: Runtime }) => {
      process.stdout.write(text(lines.some((line) => /\s/.test(line)) ? lines : [lines.join(' ')], runtime));
    });
};

const text = (lines: readonly string[], runtime: Runtime): string => {
  const said = lines.map((line) => `# ${line.replaceAll(/\s+/g, ' ').trim()}\n`).join('');
  return `${said}${renderYaml([importPipework(lines, runtime)])}`;
};
