"""Packages that are not installed with the tutor, and the sentence that tells how to get them."""

import importlib
from types import ModuleType

from tutor.core.errors import TutorError


def extra(name: str, *modules: str, has: str = "") -> list[ModuleType]:
    """Import modules of an optional extra.

    Args:
        name: The extra, as in `pip install 'dlwalk-tutor[NAME]'`.
        modules: What to import.
        has: What the first of them must hold: a folder `wandb` beside the program, where W&B keeps
            its runs, would be imported in place of the package.

    Raises:
        TutorError: If one is not there.
    """
    missing = TutorError(
        f"This needs {modules[0].partition('.')[0]}, which is not installed.",
        f"Get it with: pip install 'dlwalk-tutor[{name}]'",
    )
    try:
        found = [importlib.import_module(module) for module in modules]
    except ImportError as error:
        raise missing from error
    if has and not hasattr(found[0], has):
        raise missing
    return found
