"""Which line of a piece of TOML a key stands on; `tomllib` forgets it."""

import re
from functools import cached_property

from tutor.content.schema import Path

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_STRING = re.compile(
    r"""(?P<open>\"\"\"|''')(?P<rest>.*?(?P=open))?|"(?:[^"\\]|\\.)*"|'[^']*'|#.*"""
)


class KeyLines:
    """Lines by path.

    Args:
        text: The TOML.
        first: Line of the file on which the text begins.
        opening: Line to name for what has no line of its own: the fence, or the first line.
    """

    def __init__(self, text: str, first: int = 1, opening: int = 1) -> None:
        self._text = text
        self._first = first
        self.opening = opening
        self._counts: dict[Path, int] = {}

    def at(self, path: Path) -> int:
        """The line of a path, or of the nearest table around it."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    @cached_property  # nobody asks about a lesson without faults
    def _lines(self) -> dict[Path, int]:
        found: dict[Path, int] = {(): self.opening}
        table: Path = ()
        waiting = ""  # what ends the value that spans lines: quotes, or "]" for a list
        depth = 0
        for number, line in enumerate(self._text.split("\n"), self._first):
            if waiting in ('"""', "'''"):
                waiting = "" if waiting in line else waiting
            elif waiting == "]":
                depth += _depth(line)
                waiting = "]" if depth > 0 else ""
            elif header := _HEADER.match(line):
                table = self._enter(_parts(header[2]), header[1] == "[[")
                found.setdefault(table, number)
            elif key := _KEY.match(line):
                path = table
                for part in _parts(key[1]):
                    path = (*path, part)
                    found.setdefault(path, number)
                waiting = _opened(line[key.end() :])
                depth = 0 if waiting else _depth(line[key.end() :])
                waiting = waiting or ("]" if depth > 0 else "")
        return found

    def _enter(self, parts: Path, many: bool) -> Path:
        path: Path = ()
        for part in parts[:-1]:
            path = (*path, part)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        path = (*path, *parts[-1:])
        if not many:
            return path
        self._counts[path] = self._counts.get(path, 0) + 1
        return (*path, self._counts[path] - 1)


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _opened(text: str) -> str:
    """The triple quotes that the text opens and does not close; else nothing."""
    found = (match for match in _STRING.finditer(text) if match["open"] and match["rest"] is None)
    first = next(found, None)
    return first["open"] if first else ""


def _depth(text: str) -> int:
    bare = _STRING.sub("", text)
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
