"""Finding what a request names: a function to train, its configuration, a file of code."""

import dataclasses
import importlib
import inspect
import linecache
import math
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import torch

from models.reading import Config
from tutor.core.errors import TutorError
from tutor.core.lesson import Scalar
from tutor.core.protocol import Request

RESERVED = ("seed", "device", "learner")
"""Fields of every Config that are not knobs."""


def load_file(path: Path, name: str) -> ModuleType:
    """Run a Python file as a module.

    It is compiled anew each time: a compiled copy beside it counts as fresh for a whole second,
    which is long enough to save a change of one letter.

    Raises:
        TutorError: There is no such file.
        BaseException: Whatever the file raises.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise TutorError(f"{path.name} cannot be read: {error.strerror}.") from error
    module = ModuleType(name)
    module.__file__ = str(path)
    linecache.checkcache(str(path))
    sys.modules[name] = module
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


def load_entry(entry: str) -> Callable[..., Any]:
    """The function that `models.NAME:function` or `/path/file.py:function` names.

    Raises:
        TutorError: There is none.
    """
    where, _, name = entry.rpartition(":")
    if where.endswith(".py"):
        # Never the name of a module there already is, whatever the file is called.
        module = load_file(Path(where), f"exercise_{Path(where).stem}")
    else:
        module = importlib.import_module(where)
    function = getattr(module, name, None)
    if not callable(function):
        raise TutorError(f"{Path(where).name} has no function `{name}`.")
    return function  # type: ignore[no-any-return]


def make_config(entry: Callable[..., Any], request: Request, device: str) -> Config:
    """The configuration that the entry's first parameter is annotated with, filled in.

    Raises:
        TutorError: The annotation is no Config, or a knob is none of its fields.
    """
    kind = _config_type(entry)
    defaults = {
        field.name: None if field.default is dataclasses.MISSING else field.default
        for field in dataclasses.fields(kind)
        if field.init and field.name not in RESERVED
    }
    for name in request.knobs:
        if name not in defaults:
            raise TutorError(
                f"The exercise has no knob `{name}`.",
                f"It has {', '.join(sorted(defaults)) or 'none'}.",
            )
    knobs = {name: fitting(name, value, defaults[name]) for name, value in request.knobs.items()}
    return kind(
        seed=request.seed, device=device, learner=request.learner or None, **cast(Any, knobs)
    )


def _config_type(entry: Callable[..., Any]) -> type[Config]:
    parameters = list(inspect.signature(entry).parameters.values())
    if not parameters:
        raise TutorError("The entry takes no configuration.", "Write `def train(config): ...`.")
    found = parameters[0].annotation
    if found is inspect.Parameter.empty:
        return Config
    if isinstance(found, str):
        found = eval(found, getattr(entry, "__globals__", {}))
    if not (isinstance(found, type) and issubclass(found, Config)):
        raise TutorError(
            f"The entry's first parameter is a {getattr(found, '__name__', found)}.",
            "It is to be a dataclass that derives from models.reading.Config.",
        )
    return found


def fitting(name: str, value: Scalar, now: object) -> Scalar:
    """A knob's new value in the type of the one it has.

    Raises:
        TutorError: It does not fit.
    """
    if isinstance(now, bool) or isinstance(value, bool):
        fits = isinstance(now, bool) and isinstance(value, bool)
    elif isinstance(now, int) and isinstance(value, float) and value.is_integer():
        return int(value)
    elif isinstance(now, float) and isinstance(value, int):
        return float(value)
    else:
        fits = type(now) is type(value) or now is None
    if not fits or (isinstance(value, float) and math.isnan(value)):
        raise TutorError(f"`{name}` is a {type(now).__name__}; {value!r} is none.")
    return value


def seed_everything(seed: int) -> None:
    """Seed Python, torch and, where it is there, NumPy."""
    random.seed(seed)
    torch.manual_seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % 2**32)
