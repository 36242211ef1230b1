"""Exceptions of exercises and learners, as sentences."""

import errno
import sysconfig
import traceback
from pathlib import Path
from types import TracebackType

from tutor.core.protocol import Failed
from tutor.core.text import visible
from tutor.worker.limits import Terminated

OURS = Path(__file__).parent.parent
PYTHONS = Path(sysconfig.get_path("stdlib"))
LINES = 12


def is_full(error: BaseException) -> bool:
    """Whether there is no room on a disk, or none left of what one user may have there."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def failed(error: BaseException, nonce: str, step: int = 0) -> Failed:
    """What went wrong, what to do, and the part of the traceback that is not ours."""
    title, hint = explain(error)
    return Failed(
        title=visible(title),
        hint=hint,
        trace=visible(trace_of(error.__traceback__, error)),
        step=step,
        nonce=nonce,
    )


def explain(error: BaseException) -> tuple[str, str]:
    """A sentence and a hint for an exception."""
    name = type(error).__name__
    words = str(error).strip().split("\n")[0][:300]
    if name == "OutOfMemoryError":
        return "The GPU ran out of memory.", "Try a smaller batch, or the CPU."
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return "It needed more memory than it may use.", "Try a smaller batch or a smaller network."
    if isinstance(error, Terminated):
        title = "It was told to end in the middle of a step, and the step did not."
        return title, "A loop that never ends is the usual cause; the trace says where it was."
    if isinstance(error, SystemExit):
        return "The code called exit() and so ended before its end.", "Take the exit() out."
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return "It wrote more than 2 GB into one file.", "Write less."
    if is_full(error):
        return "The disk is full.", "Make room; what was read so far is kept."
    if isinstance(error, EOFError):
        return "The code asked for keyboard input; there is none in a run.", "Take input() out."
    if isinstance(error, NotImplementedError):
        return f"Not written yet: {words}" if words else "Not written yet.", "Write it, then again."
    if isinstance(error, SyntaxError):
        where = f" in line {error.lineno}" if error.lineno else ""
        return f"Python cannot read the code{where}: {error.msg}.", "Mend that line."
    if isinstance(error, ValueError) and words.endswith("."):
        # An exercise's own sentence, of a budget or a knob: no more has to be said.
        return words, "Mend that, then train again."
    return f"{name}: {words}" if words else name, "The last line of the trace says where."


def trace_of(trace: TracebackType | None, error: BaseException) -> str:
    """The frames of exercises and learners, file names without their folders."""
    if isinstance(error, SyntaxError) and error.text:
        marker = " " * max(0, (error.offset or 1) - 1) + "^"
        return f"line {error.lineno}\n  {error.text.rstrip()}\n  {marker}"
    frames = []
    for frame in traceback.extract_tb(trace):
        path = Path(frame.filename)
        if _hidden(path) or frame.filename.startswith("<"):
            continue
        frames.append(f"{path.name}, line {frame.lineno}, in {frame.name}\n    {frame.line or ''}")
    return "\n".join("\n".join(frames).split("\n")[-LINES:])


def _hidden(path: Path) -> bool:
    """Whether a file is the tutor's, torch's or Python's own: nothing there is for learners to mend."""
    pythons = path.is_relative_to(PYTHONS) and "site-packages" not in path.parts
    return path.is_relative_to(OURS) or "torch" in path.parts or pythons
