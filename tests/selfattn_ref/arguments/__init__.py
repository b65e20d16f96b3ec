"""Good and bad arguments of every public function, one file for each group of functions.

A file beside this one holds three tables, and is found by being there:

``GOOD``: function → argument → an accepted value, for every argument in the signature.
``WRONG_VALUES``: (function, changed arguments, parts of the message that must appear, the first at its start).
``KINDS``: argument → wrong kinds, for the arguments that mean something else here than in `kinds.KINDS`.
"""

from importlib import import_module
from pathlib import Path

from tests.selfattn_ref.arguments import kinds

MODULES = [
    import_module(f"{__name__}.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("*.py"))
    if path.stem not in {"__init__", "kinds", "values"}
]
GOOD = {name: good for module in MODULES for name, good in module.GOOD.items()}
WRONG_VALUES = [row for module in MODULES for row in module.WRONG_VALUES]
WRONG_KINDS = {
    (name, argument): (kinds.KINDS | module.KINDS)[argument]
    for module in MODULES
    for name, good in module.GOOD.items()
    for argument in good
}
