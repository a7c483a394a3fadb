#!/usr/bin/env node
// In ansible-playbook's place: `run` by another name. `ansible.playbook_command = "netwright-playbook"` in a Vagrantfile.
import { main } from './cli.ts';

process.env.NETWRIGHT_AS = 'ansible-playbook';
const [first] = process.argv.slice(2);
void main(first === '--version' ? [first] : ['run', ...process.argv.slice(2)]).then((code) => {
  process.exitCode = code;
});
