"""Files of a course: read as text, never outside the course's folder."""

from pathlib import Path

from tutor.content.problems import Problem
from tutor.core.text import visible

MOST_BYTES = 4_000_000
"""Larger than any lesson; a model's weights given as a course must not fill the memory."""


def read_text(path: Path, shown: str) -> tuple[str | None, list[Problem]]:
    """Read a file as UTF-8.

    Args:
        path: The file.
        shown: Its name in a problem.

    Returns:
        Its text, or None with the problem.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            return None, [Problem(shown, 1, "The file is too large for a text.")]
        raw = path.read_bytes()
    except OSError as error:
        reason = visible(error.strerror or str(error))
        return None, [Problem(shown, 1, f"The file cannot be read: {reason}.")]
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        fix = "Save the file as UTF-8."
        return None, [Problem(shown, line, "This line is not UTF-8 text.", fix)]


def resolve(root: Path, folder: str, name: str) -> tuple[Path | None, str]:
    """Find a file that a lesson names.

    Args:
        root: The course's folder.
        folder: The lesson's folder inside it.
        name: The path as the lesson writes it.

    Returns:
        The file, symbolic links followed, and an empty text; or None and what is wrong with it.
    """
    try:
        home = root.resolve()
        target = Path(home, folder, name).resolve()
        if not name or not target.is_relative_to(home):
            return None, f"`{name}` lies outside the course's folder."
        return (target, "") if target.is_file() else (None, f"There is no file `{name}`.")
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name too long
        return None, f"`{name}` is no path."
