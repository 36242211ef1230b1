"""A lesson's markdown to a `Lesson`: pure, never raising, with every problem at its line."""

import posixpath
import re
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from tutor.content.directives import AnyDirective, read_directive, read_toml, texts
from tutor.content.front_matter import FrontMatter, read_front_matter
from tutor.content.key_lines import KeyLines
from tutor.content.markdown import ALERTS, Fenced, Piece, Reader
from tutor.content.notes import Note
from tutor.content.problems import Problem, nearest
from tutor.content.schema import Fault
from tutor.core.lesson import Block, Body, Lesson, Prose
from tutor.core.prose import (
    Heading,
    Items,
    Paragraph,
    ProseBlock,
    Quote,
    Table,
    plain,
)
from tutor.core.text import visible

WORDS_PER_MINUTE = 220

MARKDOWN_KEYS = frozenset(
    {"prompt", "text", "why", "hints", "items", "pairs", "goal", "retry", "title", "help"}
)
"""Keys of directives whose texts are small markdown."""

_EXTRA = re.compile(r"(going further|extra|sources)\b", re.IGNORECASE)
_BLANK_LINE = "Put an empty line before and after the fence."


class Placed(NamedTuple):
    """A directive with what is needed to speak of its lines."""

    body: AnyDirective
    lines: KeyLines
    data: dict[str, Any]
    hidden: bool

    def notes(self) -> list[Note]:
        """Links, pictures and formulas of its texts."""
        found: list[Note] = []
        for path, key, text in texts(self.data):
            if key in MARKDOWN_KEYS:
                reader = Reader(text, html=False, first_line=self.lines.at(path))
                list(reader.pieces())
                found += reader.notes
        return found


class Source(NamedTuple):
    """All that one pass over a lesson's text yields.

    Attributes:
        lesson: The lesson, or None where its front matter is not to be used.
        problems: What keeps the lesson from being opened.
        findings: What a reader can live with and an author must not.
        placed: Its directives.
        notes: Links, pictures, formulas and the like of its prose.
        broken: Ids of directives that are there and wrong.
    """

    lesson: Lesson | None
    problems: list[Problem]
    findings: list[Problem]
    placed: list[Placed]
    notes: list[Note]
    broken: set[str]


def parse_lesson(text: str, path: str, folder: str) -> tuple[Lesson | None, list[Problem]]:
    """Parse a lesson.

    Args:
        text: What `lesson.md` holds.
        path: The file, for the problems.
        folder: The lesson's folder inside the course, with slashes.

    Returns:
        The lesson, without its broken directives, or None where the front matter is wrong; and
        everything that keeps it from being opened.
    """
    source = parse_source(text, path, folder)
    return source.lesson, source.problems


def parse_inline(text: str) -> tuple[ProseBlock, ...]:
    """Parse the small markdown of a prompt, a choice, a reason or a hint. Raw HTML is text here."""
    reader = Reader(visible(text), html=False)
    return tuple(piece.block for piece in reader.pieces() if isinstance(piece, Piece))


def plain_lesson(text: str, path: str) -> Lesson:
    """Open plain markdown as reading: no front matter asked for, no directives, nothing graded."""
    where = PurePosixPath(path)

    def picture(name: str) -> bool:
        inside = posixpath.normpath(where.parent / name)
        return not inside.startswith(("..", "/"))

    reader = Reader(visible(text.removeprefix("\ufeff")), picture=picture)
    sections = _Sections()
    for piece in reader.pieces():
        if isinstance(piece, Piece):
            sections.add(piece)
    blocks = sections.close()
    words = count_words(blocks)
    titles = (_title(block.body) for block in blocks)
    return Lesson(
        id=slug(where.with_suffix("").as_posix()),
        title=next((title for title in titles if title), where.stem),
        minutes=max(1, round(words / WORDS_PER_MINUTE)),
        blocks=blocks,
        folder=where.parent.as_posix(),
        words=words,
    )


def slug(text: str) -> str:
    """A text as an id."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "lesson"


def _title(body: Body) -> str:
    first = body.blocks[0] if isinstance(body, Prose) and body.blocks else None
    return plain(first.spans) if isinstance(first, Heading) else ""


def parse_source(text: str, path: str, folder: str) -> Source:
    """Parse a lesson and keep what the linter needs. Never raises."""
    return _Parser(text, path, folder).source()


class _Sections:
    """Gathers prose into blocks, one a section, between the directives."""

    def __init__(self) -> None:
        self.extra = False
        self._blocks: list[Block] = []
        self._run: list[ProseBlock] = []
        self._line = 1

    def add(self, piece: Piece) -> None:
        block = piece.block
        if isinstance(block, Heading) and block.level <= 2:
            self._flush()
            self.extra = block.level == 2 and bool(_EXTRA.match(plain(block.spans)))
        if not self._run:
            self._line = piece.line
        self._run.append(block)

    def directive(self, body: AnyDirective, line: int) -> None:
        self._flush()
        self._blocks.append(Block(body, line, self.extra))

    def close(self) -> tuple[Block, ...]:
        self._flush()
        return tuple(self._blocks)

    def _flush(self) -> None:
        if self._run:
            self._blocks.append(Block(Prose(tuple(self._run)), self._line, self.extra))
            self._run = []


class _Parser:
    def __init__(self, text: str, path: str, folder: str) -> None:
        self._path = path
        self._folder = folder
        self._problems: list[Problem] = []
        self._findings: list[Problem] = []
        self._placed: list[Placed] = []
        self._broken: set[str] = set()
        self._text = self._clean(text.removeprefix("\ufeff"))
        self._reader = Reader(self._text, directives=True)

    def source(self) -> Source:
        sections = _Sections()
        for piece in self._reader.pieces():
            if isinstance(piece, Piece):
                sections.add(piece)
            elif body := self._directive(piece):
                sections.directive(body, piece.line)
        self._speak_of_notes()
        blocks = sections.close()
        front = self._front()
        return Source(
            self._lesson(front, blocks) if front else None,
            self._problems,
            self._findings,
            self._placed,
            self._reader.notes,
            self._broken,
        )

    def _lesson(self, front: FrontMatter, blocks: tuple[Block, ...]) -> Lesson:
        return Lesson(
            id=front.id,
            title=front.title,
            minutes=front.minutes,
            blocks=blocks,
            folder=self._folder,
            requires=front.requires,
            passing=front.passing,
            words=count_words(blocks),
            takeaway=front.takeaway,
        )

    def _say(self, line: int, message: str, fix: str = "", *, grave: bool = True) -> None:
        problems = self._problems if grave else self._findings
        problems.append(Problem(path=self._path, line=line, message=message, fix=fix))

    def _faults(self, faults: list[tuple[int, Fault]]) -> None:
        for line, fault in faults:
            self._say(line, fault.message, fault.fix)

    def _clean(self, text: str) -> str:
        clean = visible(text)
        if clean != text:
            for number, line in enumerate(text.split("\n"), 1):
                bad = sorted({char for char in line.rstrip("\r") if visible(char) != char})
                if bad:
                    names = ", ".join(f"U+{ord(char):04X}" for char in bad[:5])
                    message = f"Control character {names}."
                    self._say(number, message, "Remove it: terminals obey it.", grave=False)
        return clean

    def _front(self) -> FrontMatter | None:
        if self._reader.front is None:
            if self._text.startswith("---"):
                self._say(1, "The front matter is never closed.", "End it with a line `---`.")
            else:
                fix = "Begin the file with `---`, `format: 1`, `id: ...`, `title: ...`, "
                self._say(1, "The lesson has no front matter.", fix + "`minutes: ...`, `---`.")
            return None
        front, faults = read_front_matter(*self._reader.front)
        self._faults(faults)
        return front

    def _directive(self, fence: Fenced) -> AnyDirective | None:
        toml = read_toml(fence.text, fence.line + 1, fence.line)
        body, faults = read_directive(fence.kind, toml)
        self._faults(faults)
        if body is None or faults:
            self._broken.add(str(toml.data.get("id", "")))
            return None
        self._placed.append(Placed(body, toml.lines, toml.data, fence.hidden))
        return body

    def _speak_of_notes(self) -> None:
        for note in self._reader.notes:
            match note.kind:
                case "nested":
                    message = f"`toml {note.text}` stands inside a list or a quotation."
                    self._say(note.line, message, "Move it to the left margin, outside.")
                case "swallowed":
                    self._say(note.line, "A directive is glued to HTML and not read.", _BLANK_LINE)
                case "unclosed":
                    fix = "Close it with `</details>`." if "<" in note.text else "Close it."
                    self._say(note.line, f"`{note.text}` is never closed.", fix)
                case "html":
                    fix = "Write markdown; put code between backticks."
                    self._say(note.line, f"Raw HTML `{note.text}` is not shown.", fix, grave=False)
                case "alert":
                    fix = nearest(note.text, map(str.upper, ALERTS), "callouts")
                    self._say(note.line, f"`[!{note.text}]` is no callout.", fix, grave=False)
                case _:
                    pass  # `lint` speaks of the rest: it knows the course and its files


def count_words(blocks: tuple[Block, ...], *, extras: bool = True) -> int:
    """Words of prose in the blocks; code, formulas and directives left out."""
    return sum(
        _words(each)
        for block in blocks
        if isinstance(block.body, Prose) and (extras or not block.extra)
        for each in block.body.blocks
    )


def _words(block: ProseBlock) -> int:
    match block:
        case Heading(spans=spans) | Paragraph(spans=spans):
            return len(plain(spans).split())
        case Items(items=items):
            return sum(_words(each) for item in items for each in item)
        case Quote(blocks=blocks):
            return sum(_words(each) for each in blocks)
        case Table(head=head, rows=rows):
            return sum(len(plain(cell).split()) for row in (head, *rows) for cell in row)
        case _:
            return 0
