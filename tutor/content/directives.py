"""The text of a `toml KIND` fence to a directive, or to everything that is wrong with it."""

import re
import tomllib
from typing import Any

from msgspec import Struct

from tutor.content.key_lines import KeyLines
from tutor.content.problems import nearest
from tutor.content.schema import Fault, Path, convert, without_controls
from tutor.core.lesson import (
    Blank,
    Code,
    Directive,
    Lab,
    Match,
    Multiple,
    Number,
    Order,
    Output,
    Predict,
    Quiz,
    Reflect,
    Run,
    Shape,
    Single,
    TextAnswer,
)
from tutor.core.text import visible

AnyDirective = Quiz | Run | Code | Predict | Lab | Reflect

QUIZ_TYPES: dict[str, type[Directive]] = {
    str(kind.__struct_config__.tag): kind
    for kind in (Single, Multiple, Number, TextAnswer, Output, Order, Match, Shape, Blank)
}
DIRECTIVES: dict[str, type[Directive]] = {
    "run": Run,
    "code": Code,
    "predict": Predict,
    "lab": Lab,
    "reflect": Reflect,
}
KINDS = ("quiz", *DIRECTIVES)


class Toml(Struct, frozen=True):
    """A piece of TOML, read.

    Attributes:
        data: Its values, free of control characters; empty where the syntax is wrong.
        lines: Which line of the file a key stands on.
        faults: Wrong syntax and control characters, with their lines.
        broken: Whether the syntax is wrong.
    """

    data: dict[str, Any]
    lines: KeyLines
    faults: tuple[tuple[int, Fault], ...] = ()
    broken: bool = False


def read_toml(text: str, first: int = 1, opening: int = 1) -> Toml:
    """Read TOML whose first line is line `first` of its file. Never raises."""
    lines = KeyLines(text, first, opening)
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        line, fault = _syntax_fault(error, text, first)
        return Toml({}, lines, ((line, fault),), broken=True)
    data, faults = without_controls(raw)
    return Toml(data, lines, tuple((lines.at(fault.path), fault) for fault in faults))


def _syntax_fault(error: Exception, text: str, first: int) -> tuple[int, Fault]:
    reason = visible(str(error)) if isinstance(error, ValueError) else "It is nested too deeply."
    found = re.search(r" \(at line (\d+), column \d+\)", reason)
    offset = int(found[1]) - 1 if found else text.rstrip("\n").count("\n")
    reason = reason.replace(found[0] if found else " (at end of document)", "")
    row = text.split("\n")[offset].strip()
    fix = f"The line is `{row[:60]}`." if row else ""
    if "escape" in reason:
        fix += " LaTeX stands between single quotes, '...', where a backslash is a backslash."
    return first + offset, Fault((), f"This is no TOML: {reason.rstrip('.')}.", fix.strip())


def read_directive(kind: str, toml: Toml) -> tuple[AnyDirective | None, list[tuple[int, Fault]]]:
    """Make a directive of a fence's TOML.

    Args:
        kind: The word after `toml`.
        toml: What the fence holds.

    Returns:
        The directive, or None; and every fault with its line.
    """
    opening = toml.lines.opening
    struct = DIRECTIVES.get(kind)
    if kind == "quiz" and not toml.broken:
        name = toml.data.get("type")
        struct = QUIZ_TYPES.get(name) if isinstance(name, str) else None
        if struct is None:
            message = f"`type` is {name!r}." if "type" in toml.data else "`type` is missing."
            fault = Fault(("type",), message, nearest(str(name), QUIZ_TYPES, "types"))
            return None, [*toml.faults, (toml.lines.at(("type",)), fault)]
    elif kind not in KINDS:
        fault = Fault((), f"`toml {kind}` is no directive.", nearest(kind, KINDS, "directives"))
        return None, [(opening, fault)]
    if toml.broken or struct is None:
        return None, list(toml.faults)
    directive, faults = convert(toml.data, struct)
    found = [*toml.faults, *((toml.lines.at(fault.path), fault) for fault in faults)]
    return directive, found  # type: ignore[return-value]  # the structs above are the union


def texts(data: Any, path: Path = ()) -> list[tuple[Path, str, str]]:
    """Every text in the data: its path, the name of its key, the text itself."""
    if isinstance(data, str):
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        return [(path, name, data)]
    if isinstance(data, dict):
        pairs: Any = data.items()
    else:
        pairs = enumerate(data) if isinstance(data, list) else ()
    return [found for key, value in pairs for found in texts(value, (*path, key))]
