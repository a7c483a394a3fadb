"""Runs many commands of Ansible's in one start of Python: each in a child of its own, so that none sees another.

Reads a JSON list of [folder, argv] and writes a JSON list of {code, stdout, stderr}.
"""

import json
import os
import sys
import tempfile

os.environ.update(ANSIBLE_LOCALHOST_WARNING='0', ANSIBLE_INVENTORY_UNPARSED_WARNING='0', ANSIBLE_NOCOLOR='1')

import ansible.cli.adhoc
import ansible.cli.inventory
import ansible.cli.vault
import ansible.plugins.loader

MAIN = {'ansible-inventory': ansible.cli.inventory.main, 'ansible': ansible.cli.adhoc.main, 'ansible-vault': ansible.cli.vault.main}


def run(folder, argv, out, err):
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    os.chdir(folder)
    sys.argv = argv
    code = 0
    try:
        MAIN[argv[0]](argv)
    except SystemExit as exit:
        code = 0 if exit.code is None else exit.code if isinstance(exit.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code or 0)


def answer(folder, argv):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            run(folder, argv, out, err)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return {'code': status, 'stdout': out.read().decode(), 'stderr': err.read().decode()}


json.dump([answer(folder, argv) for folder, argv in json.load(sys.stdin)], sys.stdout)
