"""What a reader of markdown notes on its way for the linter."""

from typing import Literal, NamedTuple

PAGE = 75
"""Columns of prose in a lesson on an 80-column terminal."""

NoteKind = Literal[
    "link", "image", "no alt", "maths", "html", "alert", "wide", "unclosed", "swallowed", "nested"
]


class Note(NamedTuple):
    """Something for the linter: what, on which line, and its text.

    `room` is what an 80-column terminal shows whole there, in columns, of what has a width.
    """

    kind: NoteKind
    line: int
    text: str
    room: int = 0
