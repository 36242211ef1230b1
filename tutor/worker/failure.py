"""Exceptions of a run as sentences for the learner, with the part of the traceback that is theirs."""

import linecache
import os
import traceback
from pathlib import Path
from types import TracebackType

import torch

import models
import tutor
from tutor.core.errors import TutorError
from tutor.core.protocol import Failed
from tutor.core.text import visible
from tutor.worker.limits import LOG_BYTES, PrintedTooMuch

FRAMES = 6
"""How many of the learner's own frames are shown, the innermost ones."""

_PROGRAM = str(Path(tutor.__file__).parent) + os.sep
_COURSES = _PROGRAM + "_lessons" + os.sep
_MODELS = str(Path(models.__file__).parent) + os.sep
_LIBRARIES = (
    str(Path(torch.__file__).parent.parent) + os.sep,
    str(Path(os.__file__).parent) + os.sep,
    "<frozen",
)

_HINTS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str, str], ...] = (
    (RuntimeError, "shapes cannot be multiplied", "Print the shapes of both just before that line."),
    (RuntimeError, "same device", "Move the model and the data to config.device."),
    (RuntimeError, "does not require grad", "Look for a detach() or no_grad() on the way."),
    (RuntimeError, "backward through the graph", "Each step needs a forward pass of its own."),
    (NotImplementedError, "", "This part is still to be written."),
    (SyntaxError, "", "Python cannot read that line, or the one before it."),
    (NameError, "", "Is it spelt as where it was made, and made before it is used?"),
    (AttributeError, "", "Is the name spelt right, and is the thing what you take it for?"),
    (ImportError, "", "Only what is installed beside the tutor can be imported."),
    (RecursionError, "", "A function calls itself without an end."),
    (FileNotFoundError, "", "Give the path from the root: a run has a working folder of its own."),
    (EOFError, "", "A run has no keyboard: input() does not work here."),
    (ZeroDivisionError, "", "Print what it divides by, just before that line."),
    ((IndexError, KeyError), "", "Print the length or the keys just before that line."),
    ((TypeError, ValueError), "", "Print the values that go into that line, just before it."),
)


def failed(error: BaseException, step: int, nonce: str) -> Failed:
    """The event that says what went wrong.

    Args:
        error: What was raised.
        step: Optimiser steps done.
        nonce: The run's.
    """
    title, hint = sentence(error)
    return Failed(title=title, hint=hint, trace=own_trace(error), step=step, nonce=nonce)


def sentence(error: BaseException) -> tuple[str, str]:
    """What happened and what to do about it."""
    if isinstance(error, TutorError):
        return visible(error.title), visible(error.hint)
    if isinstance(error, PrintedTooMuch):
        return (
            f"The run printed more than {LOG_BYTES // 2**20} MB and was ended.",
            "Print now and then, not in every step.",
        )
    words = str(error)
    if _out_of_memory(error, words):
        return (
            "The run ran out of memory.",
            "Try a smaller batch or a smaller network, or the CPU instead of a GPU.",
        )
    at = place(error)
    if isinstance(error, SystemExit):
        return (
            f"The code called exit(){f' in {at}' if at else ''}, which ends a run unfinished.",
            "Return from the function instead.",
        )
    if isinstance(error, SyntaxError):
        words = error.msg
    kind = type(error).__name__
    cut = words if len(words) <= 300 else words[:299] + "…"
    title = f"{kind}{f' in {at}' if at else ''}{f': {cut}' if cut else ''}"
    return visible(title), next(
        (hint for kinds, part, hint in _HINTS if isinstance(error, kinds) and part in words),
        "The log has the whole traceback.",
    )


def place(error: BaseException) -> str:
    """`file.py, line 3` of the innermost line that is the exercise's or the learner's own."""
    if isinstance(error, SyntaxError) and error.filename:
        return visible(f"{Path(error.filename).name}, line {error.lineno}")
    own = _own_lines(error.__traceback__)
    return visible(f"{Path(own[-1][0]).name}, line {own[-1][1]}") if own else ""


def own_trace(error: BaseException) -> str:
    """The traceback without the frames of libraries and of the tutor; empty where none is left."""
    if isinstance(error, SyntaxError) and error.filename:
        return visible("".join(traceback.format_exception_only(error)))[:4000]
    rows = []
    for file, line, function in _own_lines(error.__traceback__)[-FRAMES:]:
        rows.append(f"{Path(file).name}, line {line}, in {function}")
        source = linecache.getline(file, line).strip()
        if source:
            rows.append(f"    {source[:200]}")
    if rows:
        rows.append("".join(traceback.format_exception_only(error)).strip()[:1000])
    return visible("\n".join(rows))


def _own_lines(trace: TracebackType | None) -> list[tuple[str, int, str]]:
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if _is_own(code.co_filename):
            found.append((code.co_filename, trace.tb_lineno or 0, code.co_name))
        trace = trace.tb_next
    return found


def _is_own(file: str) -> bool:
    if file.startswith((_COURSES, _MODELS)):
        return True
    return not file.startswith((_PROGRAM, *_LIBRARIES))


def _out_of_memory(error: BaseException, words: str) -> bool:
    # On a CPU torch raises a plain RuntimeError, and only its words tell.
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or (
        isinstance(error, RuntimeError) and "can't allocate memory" in words
    )
