"""Where a run was when it was ended from outside, from the stack that it left behind."""

import re
import sysconfig
from pathlib import Path

import tutor
from tutor.core.text import visible

FILE = "stack.txt"
OURS = Path(tutor.__file__).parent
LIBRARY = Path(sysconfig.get_path("stdlib"))
PACKAGES = {"site-packages", "dist-packages"}
_FRAME = re.compile(r'^  File "(.*)", line (\d+) in (.*)$')
END_BYTES = 65536


def stuck_at(folder: Path) -> str:
    """File, line and function, like "`bowl.py`, line 12, in train"; empty where nobody knows."""
    try:
        text = (folder / FILE).read_bytes()[-END_BYTES:].decode("utf-8", "replace")
    except OSError:
        return ""
    return place_in(text)


def place_in(text: str, *, own_only: bool = True) -> str:
    """The innermost frame in what `faulthandler` wrote last: it writes the main thread last of all.

    Args:
        text: What it wrote.
        own_only: Look for the frame of an exercise or a learner, past those of libraries.
    """
    frames: list[tuple[str, str, str]] = []
    for line in text.splitlines():
        if line.startswith(("Thread ", "Current thread ")):
            frames = []
        elif found := _FRAME.match(line):
            frames.append((found[1], found[2], found[3]))
    theirs = [frame for frame in frames if not own_only or _is_theirs(frame[0])]
    if not theirs:
        return ""
    path, number, function = theirs[0]
    return visible(f"`{Path(path).name}`, line {number}, in {function}")


def _is_theirs(name: str) -> bool:
    path = Path(name)
    if name.startswith("<") or path.is_relative_to(OURS) or "torch" in path.parts:
        return False
    return not path.is_relative_to(LIBRARY) or bool(PACKAGES & set(path.parts))
