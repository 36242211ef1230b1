"""A learner's report: what happened, line by line, each line chained to the one before by its hash.

The hash of a line is SHA-256 over the hash before it and the line's canonical JSON, so that a line
that was changed, taken out or put in shows. Whoever changes a line can make the chain anew: what
cannot be made anew without the key is a signature over its head, and what cannot be faked at all is
running the learner's code and runs again.
"""

import hashlib
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from tutor.core.facts import Fact, Row

T = TypeVar("T")
FORMAT = 1


class Line(Struct, frozen=True):
    """A fact in a report."""

    id: int
    at: float
    """Seconds since the epoch (UTC)."""
    fact: Fact
    hash: str
    """Hex SHA-256, chained."""


class LessonScore(Struct, frozen=True):
    """One lesson as the report's maker saw it; whoever verifies computes it again."""

    lesson: str
    title: str
    points: float
    first: float
    maximum: float
    passed: bool


class Work(Struct, frozen=True):
    """A file that passed, or the last one that was checked."""

    block: str
    run: str
    code_hash: str
    """Hex SHA-256 of the text in UTF-8."""
    text: str


class Head(Struct, frozen=True):
    """What the chain begins with."""

    course: str
    course_title: str
    course_version: str
    tutor: str
    learner: str
    made: float
    """Seconds since the epoch (UTC)."""


class Signature(Struct, frozen=True):
    """Made by `ssh-keygen -Y sign` over the report's last hash."""

    key: str
    """The public key, as in `id_ed25519.pub`."""
    armoured: str


class Transcript(Struct, frozen=True):
    """A whole report."""

    head: Head
    lessons: tuple[LessonScore, ...]
    lines: tuple[Line, ...]
    seal: str
    """The chain's end: over the last line, the scores and the work."""
    work: tuple[Work, ...] = ()
    signature: Signature | None = None
    format: int = FORMAT


def chained(head: Head, rows: Iterable[Row]) -> tuple[Line, ...]:
    """Lines with their hashes, in the order of their ids."""
    lines = []
    last = _digest("", head)
    for row in sorted(rows, key=lambda row: row.id):
        last = _digest(last, [row.id, row.at, row.fact])
        lines.append(Line(row.id, row.at, row.fact, last))
    return tuple(lines)


def seal(
    head: Head,
    lines: tuple[Line, ...],
    lessons: tuple[LessonScore, ...],
    work: tuple[Work, ...],
) -> str:
    """The hash that stands for the whole report; this is what is signed."""
    last = lines[-1].hash if lines else _digest("", head)
    return _digest(last, [lessons, work])


def transcript(
    head: Head, rows: Iterable[Row], lessons: tuple[LessonScore, ...], work: tuple[Work, ...]
) -> Transcript:
    """A report, not signed."""
    # As it will be read again: a whole number in a field of floats would hash as another text.
    head = _read_again(head, Head)
    lessons = _read_again(lessons, tuple[LessonScore, ...])
    lines = chained(head, [_read_again(row, Row) for row in rows])
    return Transcript(head, lessons, lines, seal(head, lines, lessons, work), work)


def faults(report: Transcript) -> list[str]:
    """What in a report does not fit together, in sentences; nothing where all of it does."""
    found = []
    last = _digest("", report.head)
    for number, line in enumerate(report.lines, 1):
        last = _digest(last, [line.id, line.at, line.fact])
        if line.hash != last:
            found.append(
                f"Line {number} of {len(report.lines)} ({_what(line.fact)}) is not what was "
                "written, or a line before it is missing."
            )
            break
    ids = [line.id for line in report.lines]
    if ids != sorted(set(ids)):
        found.append("The lines are not in their order, or one stands there twice.")
    if not found and report.seal != seal(report.head, report.lines, report.lessons, report.work):
        found.append("The scores, the code or the end of the report are not what was sealed.")
    return found + [
        f"The code of `{each.block}` is not the code that was checked."
        for each in report.work
        if hashlib.sha256(each.text.encode("utf-8", "surrogatepass")).hexdigest() != each.code_hash
    ]


def _read_again(value: T, kind: Any) -> T:
    return msgspec.json.decode(msgspec.json.encode(value), type=kind)  # type: ignore[no-any-return]  # msgspec returns what it is told


def _what(fact: Fact) -> str:
    name = type(fact).__name__.lower()
    block = getattr(fact, "block", "")
    return f"{name} `{block}`" if block else name


def _digest(before: str, data: Any) -> str:
    text = before.encode() + b"\n" + msgspec.json.encode(data, order="sorted")
    return hashlib.sha256(text).hexdigest()


def encode_transcript(report: Transcript) -> bytes:
    """A report as JSON that a person can read."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def report_format(data: bytes) -> int | None:
    """The format a file says it has; None where it is no report at all."""
    try:
        return msgspec.json.decode(data, type=_Format).format
    except msgspec.DecodeError:
        return None


class _Format(Struct, frozen=True):
    format: int


def decode_transcript(data: bytes) -> Transcript:
    """Read a report. Raises msgspec.DecodeError where it is none."""
    return msgspec.json.decode(data, type=Transcript)
