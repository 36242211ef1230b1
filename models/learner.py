"""What a learner wrote, taken into a run that trains with it."""

import importlib.util
import types
from collections.abc import Callable
from typing import Any

from models import reading


def module(config: reading.Config, what: str) -> types.ModuleType:
    """The learner's file as a module.

    Args:
        config: Says where it is.
        what: What the run trains with, for the sentence where there is none.

    Raises:
        ValueError: There is no file.
    """
    if config.learner is None:
        raise ValueError(f"This run trains with a {what}.")
    spec = importlib.util.spec_from_file_location("learner", config.learner)
    if spec is None or spec.loader is None:
        raise ValueError("Your file is no Python file.")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def function(found: types.ModuleType, name: str) -> Callable[..., Any]:
    """A function of that module.

    Raises:
        ValueError: It has none of this name.
    """
    if not callable(getattr(found, name, None)):
        raise ValueError(f"There is no function `{name}` in your file.")
    theirs: Callable[..., Any] = getattr(found, name)
    return theirs
