"""What the real Ansible makes of expressions, with the types that the values have inside of it."""

import json
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.template import AnsibleUndefined, Templar
from ansible.utils.display import Display

Display.deprecated = Display.warning = lambda *args, **kwargs: None


def plain(value):
    if isinstance(value, AnsibleUndefined):
        raise ValueError("undefined")
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    return [plain(inner) for inner in value]


given = json.load(sys.stdin)
templar = Templar(loader=DataLoader(), variables=given["vars"])
templar.template("{{ 1 }}")
environment = templar.environment
environment.globals.update(range=range, dict=dict)
answers = {}
for expression in given["expressions"]:
    try:
        template = environment.from_string("{% set it = (" + expression + ") %}")
        context = template.new_context({**environment.globals, **given["vars"]})
        list(template.root_render_func(context))
        answers[expression] = {"value": plain(context.vars["it"])}
    except Exception as error:
        answers[expression] = {"error": str(error).split("\n")[0]}
json.dump(answers, sys.stdout)
