#!/usr/bin/env node
// In ansible-playbook's place: `run` by another name. `ansible.playbook_command = "netwright-playbook"` in a Vagrantfile.
import { main } from './cli.ts';

process.env.NETWRIGHT_AS = 'ansible-playbook';
process.exitCode = await main(
  process.argv.length > 2 && process.argv[2] === '--version' ? ['--version'] : ['run', ...process.argv.slice(2)],
);
