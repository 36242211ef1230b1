"""Plain data against the structs of `tutor.core.lesson`: every fault at once, each at its path.

`msgspec.convert` stops at the first fault and speaks of `array` and `str`; this walks down to the
leaves first and speaks to authors.
"""

import math
import re
import types
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import FieldInfo, fields

from tutor.content.problems import nearest
from tutor.core.text import visible

Path = tuple[str | int, ...]
"""Keys and indices from the top of the data to a value."""

T = TypeVar("T")

_WORDS = {
    "str": "text",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}
_ID = "An id is lower-case words joined by dots or dashes, such as `gd.first-step`."


class Fault(NamedTuple):
    """Something that does not fit at a path in the data."""

    path: Path
    message: str
    fix: str = ""


def convert(data: Any, kind: type[T], *, strict: bool = True) -> tuple[T | None, list[Fault]]:
    """Make a struct of plain data.

    Args:
        data: What `tomllib` returned, or a part of it.
        kind: The struct.
        strict: False turns text into the numbers that a field wants.

    Returns:
        The struct, or None with every fault.
    """
    try:
        return msgspec.convert(data, kind, strict=strict), []
    except msgspec.ValidationError:
        return None, _faults(data, kind, (), strict)


def without_controls(data: Any, path: Path = ()) -> tuple[Any, list[Fault]]:
    """Neutralise control characters that came in through escapes, and refuse `nan` and `inf`."""
    if isinstance(data, str):
        clean = visible(data)
        fault = Fault(
            path, f"{place(path)} holds a control character: {clean[:40]!r}.", "Remove it."
        )
        return clean, [fault] if clean != data else []
    if isinstance(data, float) and not math.isfinite(data):
        return data, [Fault(path, f"{place(path)} is {data}, which is no number to work with.")]
    faults: list[Fault] = []
    if isinstance(data, dict):
        table = {}
        for key, value in data.items():
            name = visible(key)
            table[name], found = without_controls(value, (*path, name))
            faults += found
        return table, faults
    if isinstance(data, list):
        items = []
        for index, value in enumerate(data):
            item, found = without_controls(value, (*path, index))
            items.append(item)
            faults += found
        return items, faults
    return data, faults


def place(path: Path) -> str:
    """A path in words: `why` of `choice` 2."""
    words = ""
    parts = list(path)
    while parts:
        last = parts.pop()
        entry = isinstance(last, int) and parts
        piece = f"`{parts.pop()}` {int(last) + 1}" if entry else f"`{last}`"
        words = f"{words} of {piece}" if words else piece
    return words or "the block"


def bare(kind: Any) -> Any:
    """A type without its annotations."""
    while get_origin(kind) is not None and hasattr(kind, "__metadata__"):
        kind = kind.__origin__
    return kind


def description(kind: Any) -> str:
    """What a field's annotations say about it."""
    said = [
        meta.description for meta in getattr(kind, "__metadata__", ()) if isinstance(meta, Meta)
    ]
    return next((text for text in said if text), "")


def _faults(data: Any, kind: Any, path: Path, strict: bool) -> list[Fault]:
    plain = bare(kind)
    if isinstance(data, dict) and isinstance(plain, types.UnionType):
        # A table that may be left out, and is there.
        plain = next(filter(_is_struct, get_args(plain)), plain)
    below: list[Fault] = []
    if _is_struct(plain) and isinstance(data, dict):
        below = _struct_faults(data, plain, path, strict)
    elif get_origin(plain) is tuple and isinstance(data, list) and get_args(plain)[-1] is ...:
        item = get_args(plain)[0]
        for index, value in enumerate(data):
            below += _faults(value, item, (*path, index), strict)
    elif get_origin(plain) is dict and isinstance(data, dict):
        item = get_args(plain)[1]
        for key, value in data.items():
            below += _faults(value, item, (*path, key), strict)
    if below:
        return below
    try:
        msgspec.convert(data, kind, strict=strict)
    except msgspec.ValidationError as error:
        return [_leaf_fault(str(error), data, plain, path)]
    return []


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _struct_faults(
    data: dict[str, Any], kind: type[Struct], path: Path, strict: bool
) -> list[Fault]:
    known: dict[str, FieldInfo] = {field.encode_name: field for field in fields(kind)}
    tag_field = kind.__struct_config__.tag_field
    faults = []
    for key, value in data.items():
        if key in known:
            faults += _faults(value, known[key].type, (*path, key), strict)
        elif key != tag_field:
            where = f" of {place(path)}" if path else ""
            message = f"`{key}`{where} is no known key."
            faults.append(Fault((*path, key), message, nearest(key, known, "keys")))
    for name, field in known.items():
        if field.required and name not in data:
            what = description(field.type) or "It is required."
            message = f"{place((*path, name))} is missing."
            faults.append(Fault((*path, name), message, f"Add `{name} = ...`. {what}"))
    return faults


def _leaf_fault(reason: str, data: Any, kind: Any, path: Path) -> Fault:
    reason, _, deeper = reason.partition(" - at ")
    inner = re.findall(r"\[(\d+)\]", deeper)
    path = (*path, *(int(index) for index in inner))
    name = place(path)
    if "matching regex" in reason:
        return Fault(path, f"{name} is {data!r}, which is no id.", _ID)
    if get_origin(kind) is Literal:
        choices = [str(each) for each in get_args(kind)]
        return Fault(path, f"{name} is {data!r}.", nearest(str(data), choices, "values"))
    if found := re.match(r"Expected `(\w+)` of length (>= )?(\d+)(?:, got (\d+))?", reason):
        least = "at least " if found[2] else ""
        kind_of = "characters" if found[1] == "str" else "entries"
        return Fault(path, f"{name} needs {least}{found[3]} {kind_of}.")
    if found := re.match(r"Expected `(\w+)` ([<>]=?) ([\d.e+-]+)", reason):
        bound = {">": "greater than", ">=": "at least", "<": "less than", "<=": "at most"}
        return Fault(path, f"{name} must be {bound[found[2]]} {float(found[3]):g}.")
    words = re.sub(r"`([^`]*)`", lambda match: _in_words(match[1]), reason)
    return Fault(path, f"{name}: {words[:1].lower()}{words[1:]}.")


def _in_words(types: str) -> str:
    return " or ".join(_WORDS.get(each, each) for each in types.split(" | "))
