"""Notebooks as values: cells read from their JSON, cleaned of what a run left, and merged.

A notebook is JSON, and `git` merges lines. Its conflict markers make the file no JSON at all, so that
nothing can open it. Merged cell by cell, a notebook stays one: only cells that both sides changed,
and changed differently, are left to decide.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from tutor.core.errors import TutorError

Side = Literal["ours", "theirs"]
OURS, MIDDLE, THEIRS = "<<<<<<< ours", "=======", ">>>>>>> theirs"


class Cell(Struct, frozen=True, kw_only=True):
    """A cell: its text, and what its last run left behind."""

    id: str
    kind: str
    source: str
    count: int | None = None
    output: str = ""

    @property
    def clean(self) -> "Cell":
        """Without anything that only running it changes."""
        return replace(self, count=None, output="")


class Conflict(Struct, frozen=True):
    """A cell that both sides changed, each in its own way; None where a side took it out."""

    id: str
    base: Cell | None
    ours: Cell | None
    theirs: Cell | None


Merged = tuple[Cell | Conflict, ...]


def cells(text: str, name: str = "The notebook") -> tuple[Cell, ...]:
    """The cells of a notebook.

    Args:
        text: Its JSON, as Jupyter writes it (nbformat 4.5 and later: cells have ids).
        name: What to call it in a complaint.

    Raises:
        TutorError: If it is no JSON, or no notebook.
    """
    try:
        found = json.loads(text)["cells"]
        return tuple(_cell(each) for each in found)
    except json.JSONDecodeError as error:
        raise TutorError(f"{name} is not JSON: line {error.lineno}, {error.msg}.", "") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise TutorError(
            f"{name} is no notebook whose cells have ids.", "Jupyter writes ids since nbformat 4.5."
        ) from error


def _cell(raw: Mapping[str, Any]) -> Cell:
    outputs = raw.get("outputs") or []
    return Cell(
        id=str(raw["id"]),
        kind=str(raw["cell_type"]),
        source=_joined(raw["source"]),
        count=raw.get("execution_count"),
        output="".join(_joined(each.get("text", "")) for each in outputs),
    )


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def to_json(merged: Merged) -> str:
    """A notebook as JSON; with conflicts in it, as `git` would leave them, it is none."""
    lines = ["{", ' "cells": [']
    for number, part in enumerate(merged):
        comma = "," if number + 1 < len(merged) else ""
        if isinstance(part, Cell):
            lines += _written(part, comma)
        else:
            lines += [OURS, *(_written(part.ours, comma) if part.ours else [])]
            lines += [MIDDLE, *(_written(part.theirs, comma) if part.theirs else []), THEIRS]
    lines += [" ],", ' "metadata": {},', ' "nbformat": 4,', ' "nbformat_minor": 5', "}"]
    return "\n".join(lines) + "\n"


def _written(cell: Cell, comma: str) -> list[str]:
    raw: dict[str, Any] = {"cell_type": cell.kind, "id": cell.id, "metadata": {}}
    if cell.kind == "code":
        output = {"name": "stdout", "output_type": "stream", "text": cell.output}
        raw |= {"execution_count": cell.count, "outputs": [output] if cell.output else []}
    raw["source"] = cell.source.splitlines(keepends=True)
    text = json.dumps(raw, indent=1, sort_keys=True, ensure_ascii=False)
    return [f"  {line}" for line in f"{text}{comma}".splitlines()]


def fault(text: str) -> str:
    """Why a text is no JSON, with its line; empty where it is."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}: {error.msg}"
    return ""


# --- merging ----------------------------------------------------------------------------------------


def merge(base: Sequence[Cell], ours: Sequence[Cell], theirs: Sequence[Cell]) -> Merged:
    """Three versions of a notebook as one, cell by cell; a cell is known by its id.

    A side that left a cell as it was gives way to the one that changed it. What a side added stands
    behind the cell that it stands behind there. Only where both changed a cell, and not alike, is
    there a conflict.
    """
    before, mine, other = ({cell.id: cell for cell in each} for each in (base, ours, theirs))
    found: list[Cell | Conflict] = []
    for name in _order([cell.id for cell in ours], [cell.id for cell in theirs]):
        old, own, new = before.get(name), mine.get(name), other.get(name)
        if own == new or new == old:
            part: Cell | Conflict | None = own
        elif own == old:
            part = new
        else:
            part = Conflict(name, old, own, new)
        if part is not None:
            found.append(part)
    return tuple(found)


def _order(ours: list[str], theirs: list[str]) -> list[str]:
    """Our order, with each cell that only they have behind the one it follows there."""
    order = list(ours)
    at = 0
    for name in theirs:
        if name in order:
            at = order.index(name) + 1
        else:
            order.insert(at, name)
            at += 1
    return order
