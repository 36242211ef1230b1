"""From an entry's name to a generator that is ready to train."""

import dataclasses
import importlib
import importlib.util
import inspect
import random
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from models.reading import Config
from tutor.core.errors import TutorError
from tutor.core.protocol import Request

Train = Callable[..., Iterator[Any]]


def load_file(path: Path, name: str) -> ModuleType:
    """Import a file under a name of our choosing; its own folder comes last on the path."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TutorError(f"{path.name} is not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    spec.loader.exec_module(module)
    return module


def resolve(entry: str) -> Train:
    """`models.NAME:function` or `/path/file.py:function`.

    Raises:
        TutorError: If there is no such function.
    """
    name, _, function = entry.rpartition(":")
    if name.endswith(".py"):
        module = load_file(Path(name), f"_exercise_{Path(name).stem}")
    else:
        module = importlib.import_module(name)
    train = getattr(module, function, None)
    if not callable(train):
        raise TutorError(f"There is no function `{function}` in {Path(name).name}.")
    return typing.cast(Train, train)


def configure(train: Train, request: Request, device: str) -> Any:
    """The exercise's own Config, from the annotation of its first parameter.

    Raises:
        TutorError: If it has none, or lacks a knob that the lesson declares.
    """
    parameters = list(inspect.signature(train).parameters)
    kind = typing.get_type_hints(train).get(parameters[0]) if parameters else None
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind) and issubclass(kind, Config)):
        raise TutorError(
            "The entry's first parameter is not annotated with a dataclass of models.reading.Config."
        )
    known = {field.name for field in dataclasses.fields(kind)}
    for name in request.knobs:
        if name not in known:
            raise TutorError(f"The lesson declares a knob `{name}`, and {kind.__name__} has none.")
    return kind(seed=request.seed, device=device, learner=request.learner or None, **request.knobs)


def accepts_resume(train: Train) -> bool:
    """Whether an exercise can go on from a checkpoint: `train(config, resume=None)`."""
    return "resume" in inspect.signature(train).parameters


def seed_everything(seed: int) -> None:
    """Make the run repeatable: Python's, NumPy's and torch's generators."""
    import torch

    random.seed(seed)
    torch.manual_seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
