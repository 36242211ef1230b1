"""Markdown to the prose tree of `tutor.core.prose`, in one pass over markdown-it's tokens.

On the way it notes, with their lines, what only a linter wants to know: links, pictures, formulas,
raw HTML, fences and tables wider than a small terminal.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import takewhile
from typing import NamedTuple
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from tutor.content.notes import PAGE, Note
from tutor.core.boxes import width as columns_of
from tutor.core.layout import COLUMN_GAP, FENCE_INDENT, QUOTE_INDENT
from tutor.core.prose import (
    Align,
    Break,
    Fence,
    Figure,
    Heading,
    Items,
    Mark,
    Maths,
    Paragraph,
    ProseBlock,
    Quote,
    Span,
    Table,
    plain,
)
from tutor.core.text import visible


class Fenced(NamedTuple):
    """A `toml KIND` fence at the top level: a directive."""

    line: int
    kind: str
    text: str
    hidden: bool
    """Whether it stands inside `<details>`."""


class Piece(NamedTuple):
    """A block of prose and the line it begins on."""

    line: int
    block: ProseBlock


_ALERT = re.compile(r"\[!(\w+)\][ \t]*(?:\n|$)")
ALERTS = ("note", "tip", "important", "warning", "caution")
_DIRECTIVE = re.compile(r"toml\s+(\S.*)")
_DROPPED = re.compile(r"<!--.*?-->|<summary\b[^>]*>.*?</summary>|</?details\b[^>]*>", re.DOTALL)
_MARKS: dict[str, Mark] = {"strong": "strong", "em": "em", "s": "strike"}


@cache
def _parser(html: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": html}).enable(["table", "strikethrough"])
    parser.use(front_matter_plugin)
    # Without digits or spaces beside the dollars, "$5 and $10" stays money.
    parser.use(
        dollarmath_plugin,
        allow_space=False,
        allow_digits=False,
        allow_labels=False,
        double_inline=True,
    )
    return parser


class Reader:
    """One pass over a markdown text.

    Args:
        text: Markdown, free of control characters.
        directives: Whether `toml KIND` fences are directives; else they are shown.
        html: Whether raw HTML is dropped; else it is shown as the text it is.
        first_line: Line of the file on which the text begins.
        picture: Says whether a picture's path may be kept; else its words alone are.

    Attributes:
        notes: What the linter wants to know, filled while reading.
        front: The lines of the front matter and the line of the first, or None.
    """

    def __init__(
        self,
        text: str,
        *,
        directives: bool = False,
        html: bool = True,
        first_line: int = 1,
        picture: Callable[[str], bool] = bool,
    ) -> None:
        self.notes: list[Note] = []
        self.front: tuple[str, int] | None = None
        self._tokens = _parser(html).parse(text)
        self._source = text.split("\n")
        self._directives = directives
        self._first = first_line
        self._picture = picture
        self._line = first_line
        self._at = 0
        self._room = PAGE
        self._details: list[int] = []

    def pieces(self) -> Iterator[Piece | Fenced]:
        """The prose blocks and directives of the text, in its order."""
        while self._at < len(self._tokens):
            token = self._next()
            line = self._line
            kind = self._kind(token)
            if kind:
                self._unclosed(token)
                yield Fenced(line, kind, visible(token.content), bool(self._details))
            else:
                for block in self._block(token):
                    yield Piece(line, block)
        for line in self._details:
            self.notes.append(Note("unclosed", line, "<details>"))

    # --- blocks -----------------------------------------------------------------------------------

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        if token.map:
            self._line = self._first + token.map[0]
        return token

    def _until(self, closing: str) -> tuple[ProseBlock, ...]:
        found: list[ProseBlock] = []
        while (token := self._next()).type != closing:
            found += self._block(token)
        return tuple(found)

    def _block(self, token: Token) -> list[ProseBlock]:
        match token.type:
            case "paragraph_open":
                return self._paragraph()
            case "heading_open":
                spans = self._spans(self._next())
                return [Heading(int(token.tag[1]), spans)]
            case "fence" | "code_block":
                return [self._fence(token)]
            case "math_block":
                return [self._maths(token.content)]
            case "bullet_list_open" | "ordered_list_open":
                return [self._items(token)]
            case "blockquote_open":
                return [self._quote()]
            case "table_open":
                return [self._table()]
            case "hr":
                return [Break()]
            case "html_block":
                self._html(token.content)
            case "front_matter":
                self.front = visible(token.content), self._line + 1
            case _:
                pass
        return []

    def _paragraph(self) -> list[ProseBlock]:
        found: list[ProseBlock] = []
        run: list[Span] = []
        for each in [*self._inline(self._next()), None]:
            if isinstance(each, Span):
                run.append(each)
                continue
            if spans := _stripped(run):
                found.append(Paragraph(spans))
            run = []
            if each is not None:
                found.append(each)
        return found

    def _fence(self, token: Token) -> Fence:
        text = visible(token.content).rstrip("\n").expandtabs(4)
        if kind := self._kind(token):
            self.notes.append(Note("nested", self._line, kind))
        widest = max(map(columns_of, text.split("\n")))
        self._measure("code block", self._line, widest, self._room - FENCE_INDENT)
        self._unclosed(token)
        return Fence(text, visible(token.info).strip().partition(" ")[0])

    def _measure(self, what: str, line: int, columns: int, room: int) -> None:
        if columns > room:
            self.notes.append(Note("wide", line, f"{what} is {columns} columns", room))

    def _kind(self, token: Token) -> str:
        found = _DIRECTIVE.match(visible(token.info).strip()) if token.type == "fence" else None
        return found[1] if found and self._directives else ""

    def _unclosed(self, token: Token) -> None:
        if token.type != "fence" or token.map is None:
            return
        last = self._source[min(token.map[1], len(self._source)) - 1]
        closed = last.strip(" \t>").startswith(token.markup) and token.map[1] - token.map[0] > 1
        if not closed:
            self.notes.append(Note("unclosed", self._line, token.markup))

    def _items(self, token: Token) -> Items:
        start = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
        closing = token.type.replace("open", "close")
        items = []
        margin = len(self._last_mark(token, start)) + 1
        self._room -= margin
        while self._next().type != closing:
            items.append(self._until("list_item_close"))
        self._room += margin
        return Items(tuple(items), start)

    def _last_mark(self, token: Token, start: int | None) -> str:
        """The widest mark of a list: every item is set in as far as the last."""
        if start is None:
            return "-"
        inside = takewhile(lambda each: each.level > token.level, self._tokens[self._at :])
        items = sum(
            each.type == "list_item_open" and each.level == token.level + 1 for each in inside
        )
        return f"{start + items - 1}."

    def _quote(self) -> Quote:
        kind = ""
        if self._at + 1 < len(self._tokens):
            inline = self._tokens[self._at + 1]
            found = _ALERT.match(inline.content) if inline.type == "inline" else None
            if found and found[1].lower() in ALERTS:
                kind = found[1].lower()
                children = inline.children or []
                breaks = [i for i, child in enumerate(children) if child.type.endswith("break")]
                inline.children = children[breaks[0] + 1 :] if breaks else []
            elif found:
                self.notes.append(Note("alert", self._line, visible(found[1])))
        self._room -= QUOTE_INDENT
        blocks = self._until("blockquote_close")
        self._room += QUOTE_INDENT
        return Quote(blocks, kind)

    def _table(self) -> Table:
        rows: list[tuple[tuple[Span, ...], ...]] = []
        cells: list[tuple[Span, ...]] = []
        aligns: list[Align] = []
        line = self._line
        while (token := self._next()).type != "table_close":
            match token.type:
                case "tr_open":
                    cells = []
                case "th_open" | "td_open":
                    if token.type == "th_open":
                        aligns.append(_align(str(token.attrs.get("style", ""))))
                    cells.append(self._spans(self._next()))
                case "tr_close":
                    rows.append(tuple(cells))
                case _:
                    pass
        widths = [
            max((columns_of(plain(row[i])) for row in rows if i < len(row)), default=0)
            for i in range(len(aligns))
        ]
        total = sum(widths) + COLUMN_GAP * (len(widths) - 1)
        self._measure("table", line, total, self._room)
        return Table(rows[0], tuple(rows[1:]), tuple(aligns))

    def _html(self, content: str) -> None:
        if re.search(r"(```|~~~)\s*toml\s+\w", content):
            self.notes.append(Note("swallowed", self._line, ""))
        bare = re.sub(r"<!--.*?-->", "", content, flags=re.DOTALL)
        for tag in re.findall(r"<details\b|</details", bare):
            if tag == "<details":
                self._details.append(self._line)
            elif self._details:
                self._details.pop()
        self._raw(_DROPPED.sub("", content).strip())

    def _raw(self, rest: str) -> None:
        if rest:
            self.notes.append(Note("html", self._line, visible(rest.split("\n")[0][:40])))

    # --- spans ------------------------------------------------------------------------------------

    def _spans(self, token: Token) -> tuple[Span, ...]:
        """The spans of a heading or cell, where pictures and displays cannot stand on their own."""
        found: list[Span] = []
        for each in self._inline(token):
            match each:
                case Figure(alt=alt):
                    found.append(Span(alt))
                case Maths(tex=tex):
                    found.append(Span(tex, frozenset({"maths"})))
                case _:
                    found.append(each)
        return _stripped(found)

    def _inline(self, token: Token) -> list[Span | Figure | Maths]:
        found: list[Span | Figure | Maths] = []
        marks: list[Mark] = []
        href = ""
        for child in token.children or []:
            name, _, side = child.type.rpartition("_")
            match child.type:
                case "softbreak" | "hardbreak":
                    self._line += 1
                    text = " " if child.type == "softbreak" else "\n"
                    _join(found, Span(text, frozenset(marks), href))
                case "math_inline_double":
                    found.append(self._maths(child.content))
                    self._line += child.content.count("\n")
                case "math_inline":
                    tex = self._maths(child.content).tex
                    _join(found, Span(tex, frozenset({*marks, "maths"}), href))
                case "code_inline":
                    text = visible(child.content)
                    _join(found, Span(text, frozenset({*marks, "code"}), href))
                case "link_open":
                    href = visible(str(child.attrs.get("href", "")))
                    self.notes.append(Note("link", self._line, href))
                    marks.append("link")
                case "link_close":
                    href = ""
                    marks.remove("link")
                case "image":
                    found.append(self._figure(child))
                case "html_inline":
                    self._raw(_DROPPED.sub("", child.content))
                case _ if name in _MARKS and side == "open":
                    marks.append(_MARKS[name])
                case _ if name in _MARKS:
                    marks.remove(_MARKS[name])
                case _:
                    _join(found, Span(visible(child.content), frozenset(marks), href))
        return found

    def _figure(self, token: Token) -> Figure:
        path = visible(unquote(str(token.attrs.get("src", ""))))
        inner = (child.content for child in token.children or [] if child.type != "image")
        alt = visible(" ".join("".join(inner).split()))
        self.notes.append(Note("image", self._line, path, self._room))
        if not alt:
            self.notes.append(Note("no alt", self._line, path))
        return Figure(path if self._picture(path) else "", alt)

    def _maths(self, content: str) -> Maths:
        tex = visible(content).strip()
        self.notes.append(Note("maths", self._line, tex))
        return Maths(tex)


def _join(found: list[Span | Figure | Maths], span: Span) -> None:
    last = found[-1] if found else None
    mergeable = isinstance(last, Span) and "maths" not in span.marks
    if isinstance(last, Span) and mergeable and (last.marks, last.href) == (span.marks, span.href):
        found[-1] = Span(last.text + span.text, span.marks, span.href)
    elif span.text:
        found.append(span)


def _stripped(run: list[Span]) -> tuple[Span, ...]:
    spans = list(run)
    while spans and not spans[0].text.lstrip(" \n"):
        spans.pop(0)
    while spans and not spans[-1].text.rstrip(" \n"):
        spans.pop()
    if spans:
        first = spans[0]
        spans[0] = Span(first.text.lstrip(" \n"), first.marks, first.href)
        last = spans[-1]
        spans[-1] = Span(last.text.rstrip(" \n"), last.marks, last.href)
    return tuple(spans)


def _align(style: str) -> Align:
    if style.endswith("right"):
        return "right"
    return "center" if style.endswith("center") else "left"
