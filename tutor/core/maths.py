"""LaTeX to two-dimensional Unicode, over pylatexenc's parser.

`display` sets a formula in as many rows as it needs; `inline` in exactly one, with brackets where
grouping would be lost; `problems` says what an author wrote that cannot be set.
"""

import functools
import re
import warnings
from collections.abc import Sequence
from typing import Any

from tutor.core import boxes
from tutor.core.boxes import Box, beside, text
from tutor.core.symbols import (
    ACCENTS,
    ASCII_NAMES,
    BIG,
    BINARY,
    FUNCTIONS,
    LIMITS,
    RELATIONS,
    SPACES,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SYMBOLS,
    double_struck,
    script_letter,
)
from tutor.core.text import visible

STYLES = ("mathbf", "boldsymbol", "mathit", "mathsf", "textbf", "textit", "texttt", "mathtt", "bm")
WORDS = ("mathrm", "operatorname", "text", "textrm", "mbox")
ENVIRONMENTS = {
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "vmatrix": ("|", "|"),
    "matrix": ("", ""),
    "cases": ("{", ""),
    "aligned": ("", ""),
    "align": ("", ""),
    "align*": ("", ""),
    "array": ("", ""),
    "smallmatrix": ("", ""),
}
FENCES = {
    "{": "{",
    "}": "}",
    "|": "‖",
    "lVert": "‖",
    "rVert": "‖",
    "Vert": "‖",
    "lvert": "|",
    "rvert": "|",
    "vert": "|",
    "langle": "⟨",
    "rangle": "⟩",
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
}
ARGUMENTS = {
    **dict.fromkeys((*STYLES, *WORDS, "mathbb", "mathcal", *ACCENTS), "{"),
    **dict.fromkeys(("frac", "tfrac", "dfrac", "binom", "overset", "underset", "stackrel"), "{{"),
    **dict.fromkeys(("underbrace", "overbrace", "boxed", "tag"), "{"),
    "sqrt": "[{",
    **dict.fromkeys(("left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr"), ""),
}
SIZES = ("big", "Big", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "textstyle", "limits")


class Unreadable(Exception):  # it never leaves this module
    """The formula cannot be parsed."""


@functools.cache
def _context() -> Any:
    from pylatexenc.latexwalker import get_default_latex_context_db
    from pylatexenc.macrospec import EnvironmentSpec, MacroSpec

    context = get_default_latex_context_db()
    context.add_context_category(
        "course",
        prepend=True,
        macros=[MacroSpec(name, spec) for name, spec in ARGUMENTS.items()],
        environments=[
            EnvironmentSpec(name, "{" if name == "array" else "") for name in ENVIRONMENTS
        ],
    )
    return context


def _parse(tex: str, tolerant: bool = True) -> list[Any]:
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerParseError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            walker = LatexWalker(tex, latex_context=_context(), tolerant_parsing=tolerant)
            return list(walker.get_latex_nodes()[0])
        except (LatexWalkerParseError, RecursionError, IndexError, ValueError) as error:
            raise Unreadable(str(error).split("\n")[0]) from error


@functools.lru_cache(maxsize=1024)
def display(tex: str, *, ascii: bool = False) -> Box:  # noqa: A002  # the word of the interface
    """A formula in rows; LaTeX that cannot be read is shown as it stands."""
    try:
        found = _Setter(_parse(visible(tex)), ascii_only=ascii).run()
    except (Unreadable, RecursionError):
        found = None
    if found is None or not found.width:
        return text(" ".join(visible(tex).split()))
    return Box(tuple(row.translate(_CLEAN) for row in found.rows), found.baseline)


_CLEAN = {ord("\n"): " ", ord("\t"): " "}


@functools.lru_cache(maxsize=2048)
def inline(tex: str, *, ascii: bool = False) -> str:  # noqa: A002  # the word of the interface
    """A formula in one row, grouping kept by brackets: `(a)/(b)`, `x^(n×d)`."""
    whole = display(tex, ascii=ascii)
    if whole.height > 1:
        try:
            whole = _Setter(_parse(visible(tex)), ascii_only=ascii, flat=True).run()
        except (Unreadable, RecursionError):
            whole = text(visible(tex))
    return " ".join(" ".join(whole.rows).translate(_CLEAN).split())


def problems(tex: str) -> list[str]:
    """What cannot be set: unknown macros and environments, unbalanced braces; empty when fine."""
    try:
        nodes = _parse(tex, tolerant=False)
    except Unreadable as error:
        return [f"The formula cannot be read: {error}."]
    found: list[str] = []
    _walk(nodes, found)
    return list(dict.fromkeys(found))


def _walk(nodes: Sequence[Any], found: list[str]) -> None:
    for node in nodes:
        if node is None:
            continue
        kind = type(node).__name__
        if kind == "LatexMacroNode" and not _known(node.macroname):
            found.append(f"The macro `\\{node.macroname}` is not known.")
        elif kind == "LatexEnvironmentNode" and node.environmentname not in ENVIRONMENTS:
            found.append(f"The environment `{node.environmentname}` is not known.")
        if getattr(node, "nodeargd", None) is not None:
            _walk(node.nodeargd.argnlist or [], found)
        _walk(getattr(node, "nodelist", None) or [], found)


def _known(name: str) -> bool:
    return (
        name in ARGUMENTS
        or name in SYMBOLS
        or name in BIG
        or name in FUNCTIONS
        or name in SPACES
        or name in FENCES
        or name in SIZES
        or name in ("\\", "prime", "not", "middle")
    )


class _Setter:
    """Sets a list of nodes, one after the other, into boxes."""

    def __init__(
        self, nodes: Sequence[Any], *, ascii_only: bool = False, flat: bool = False
    ) -> None:
        self._ascii = ascii_only
        self._flat = flat
        self._queue: list[Any] = []
        for node in nodes:
            if type(node).__name__ == "LatexCharsNode":
                self._queue += [char for char in node.chars if not char.isspace()]
            elif node is not None and type(node).__name__ != "LatexCommentNode":
                self._queue.append(node)

    def _sub(self, nodes: Sequence[Any]) -> "_Setter":
        return _Setter(nodes, ascii_only=self._ascii, flat=self._flat)

    def run(self) -> Box:
        """Everything, in a line."""
        parts: list[Box] = []
        while self._queue:
            first = not parts or parts[-1].rows[parts[-1].baseline].endswith(("(", "[", "{", " "))
            found, kind = self._atom()
            if kind == "binary":
                sign = found.rows[0].strip()
                # A sign that opens a group belongs to what follows: −1, not − 1.
                found = text(sign) if first else text(f" {sign} ")
            elif kind in ("function", "limits") and not first:
                parts.append(text(" "))
            parts.append(self._with_scripts(found, kind))
        return beside(parts)

    # --- scripts ----------------------------------------------------------------------------------

    def _with_scripts(self, base: Box, kind: str) -> Box:
        above: Box | None = None
        below: Box | None = None
        while self._queue and isinstance(self._queue[0], str) and self._queue[0] in "^_'":
            sign = self._queue.pop(0)
            if sign == "'":
                above = beside([above, text("′")]) if above else text("′")
            elif sign == "^":
                above = self._next()
            else:
                below = self._next()
        if above is None and below is None:
            return beside([base, text(" ")]) if self._needs_gap(kind) else base
        if kind in ("big", "limits") and not self._flat:
            return beside([boxes.stacked(above, base, below), text(" ")])
        return self._scripted(base, above, below, kind)

    def _needs_gap(self, kind: str) -> bool:
        if kind not in ("function", "limits", "big") or not self._queue:
            return False
        following = self._queue[0]
        if isinstance(following, str):
            return following not in "([,;.)]|=+-"
        return getattr(following, "macroname", "") not in ("left", ",", "!", "bigl", "Bigl")

    def _scripted(self, base: Box, above: Box | None, below: Box | None, kind: str) -> Box:
        row_above = _translated(above, SUPERSCRIPTS) if not self._ascii else None
        row_below = _translated(below, SUBSCRIPTS) if not self._ascii else None
        fits = (above is None or row_above is not None) and (below is None or row_below is not None)
        gap = " " if self._needs_gap(kind) else ""
        if base.height == 1 and fits:
            return beside([base, text((row_below or "") + (row_above or "") + gap)])
        if self._flat or (self._ascii and base.height == 1 and _single(above) and _single(below)):
            return beside([base, text(_linear("_", below) + _linear("^", above) + gap)])
        return beside([boxes.scripts(base, above, below), text(gap)])

    def _next(self) -> Box:
        if not self._queue:
            return boxes.EMPTY
        following = self._queue.pop(0)
        if isinstance(following, str):
            return text("−" if following == "-" and not self._ascii else following)
        setter = self._sub([])
        setter._queue = [following]
        # A macro takes its arguments with it; a group stands alone.
        return setter.run()

    # --- atoms ------------------------------------------------------------------------------------

    def _atom(self) -> tuple[Box, str]:
        node = self._queue.pop(0)
        if isinstance(node, str):
            return self._char(node)
        kind = type(node).__name__
        if kind == "LatexGroupNode":
            return self._sub(node.nodelist).run(), ""
        if kind == "LatexSpecialsNode":
            return self._char({"~": " ", "&": "  "}.get(node.specials_chars, node.specials_chars))
        if kind == "LatexEnvironmentNode":
            return self._environment(node), ""
        if kind == "LatexMacroNode":
            return self._macro(node)
        return text(node.latex_verbatim()), ""

    def _char(self, char: str) -> tuple[Box, str]:
        if char in "=<>":
            return text(f" {char} "), ""
        if char in "+-*/" and char != "/":
            signs = {"-": "-" if self._ascii else "−", "*": "*" if self._ascii else "∗"}
            return text(signs.get(char, char)), "binary"
        if char in ",;":
            return text(f"{char} "), ""
        if char == ":":
            return text(" : "), ""
        return text(char), ""

    def _symbol(self, name: str) -> tuple[Box, str]:
        sign = ASCII_NAMES.get(name, name) if self._ascii else SYMBOLS[name]
        if name in RELATIONS:
            return text(f" {sign} "), ""
        return text(sign), "binary" if name in BINARY else ""

    def _macro(self, node: Any) -> tuple[Box, str]:
        name = node.macroname
        arguments = (node.nodeargd.argnlist if node.nodeargd else None) or []
        if name in WORDS:
            word = arguments[0].latex_verbatim() if arguments and arguments[0] is not None else ""
            inside = re.sub(r"\\([ ,;])", " ", word[1:-1] if word.startswith("{") else word)
            return text(inside), "function" if name == "operatorname" else ""
        if name in ("mathbb", "mathcal"):
            letter = double_struck if name == "mathbb" else script_letter
            inside_box = self._argument(arguments, 0)
            rows = tuple("".join(letter(c, self._ascii) for c in row) for row in inside_box.rows)
            return Box(rows, inside_box.baseline), ""
        if name in STYLES:
            return self._argument(arguments, 0), ""
        if name in ACCENTS:
            return self._accent(name, self._argument(arguments, 0)), ""
        if name in BIG:
            return text(ASCII_NAMES.get(name, name) if self._ascii else BIG[name]), "big"
        if name in FUNCTIONS:
            words = {"argmax": "argmax", "argmin": "argmin", "limsup": "lim sup"}
            return text(words.get(name, name)), "limits" if name in LIMITS else "function"
        if name in SPACES:
            return text(SPACES[name]), ""
        if name == "left":
            return self._fenced(), ""
        return self._construct(name, arguments)

    def _construct(self, name: str, arguments: Sequence[Any]) -> tuple[Box, str]:
        match name:
            case "frac" | "tfrac" | "dfrac":
                return self._fraction(
                    self._argument(arguments, 0), self._argument(arguments, 1)
                ), ""
            case "binom":
                inside = boxes.stacked(
                    self._argument(arguments, 0), text(" "), self._argument(arguments, 1)
                )
                return self._enclosed("(", inside, ")"), ""
            case "sqrt":
                return self._root(arguments), ""
            case "overset" | "stackrel":
                over = self._argument(arguments, 0)
                base = beside([text(" "), self._argument(arguments, 1), text(" ")])
                return (base if self._flat else boxes.stacked(over, base, None)), ""
            case "underset":
                under, base = self._argument(arguments, 0), self._argument(arguments, 1)
                return (base if self._flat else boxes.stacked(None, base, under)), ""
            case "underbrace" | "overbrace":
                return self._braced(name, self._argument(arguments, 0)), "big"
            case "boxed":
                return self._enclosed("[", self._argument(arguments, 0), "]"), ""
            case "tag":
                return text("   (" + "".join(self._argument(arguments, 0).rows) + ")"), ""
            case "\\":
                return text("   "), ""
            case "right" | "middle" | "not":
                return boxes.EMPTY, ""
            case _ if name in SIZES:
                return boxes.EMPTY, ""
            case _ if name in FENCES:
                return text(FENCES[name]), ""
            case _ if name in SYMBOLS:
                return self._symbol(name)
            case _:
                return text(f"\\{name}"), ""

    def _argument(self, arguments: Sequence[Any], index: int) -> Box:
        if index >= len(arguments) or arguments[index] is None:
            return boxes.EMPTY
        node = arguments[index]
        nodes = node.nodelist if type(node).__name__ == "LatexGroupNode" else [node]
        return self._sub(nodes).run()

    # --- constructions ----------------------------------------------------------------------------

    def _fraction(self, top: Box, bottom: Box) -> Box:
        if self._flat:
            return text(f"{_grouped(top)}/{_grouped(bottom)}")
        return boxes.fraction(top, bottom, "-" if self._ascii else "─")

    def _root(self, arguments: Sequence[Any]) -> Box:
        inside = self._argument(arguments, 1)
        if self._flat:
            sign = "sqrt" if self._ascii else "√"
            row = "".join(inside.rows)
            return text(sign + (row if len(row) == 1 and not self._ascii else f"({row})"))
        found = boxes.root(inside, self._ascii)
        degree = self._argument(arguments, 0)
        if not degree.width:
            return found
        raised = _translated(degree, SUPERSCRIPTS)
        return beside([text(raised if raised is not None else "".join(degree.rows)), found])

    def _accent(self, name: str, inside: Box) -> Box:
        row = inside.rows[0] if inside.height == 1 else ""
        if self._ascii or inside.height > 1:
            return beside([text(f"{name}("), inside, text(")")])
        if not row:
            return inside
        if name in ("overline", "widehat", "widetilde", "vec", "underline") and len(row) > 1:
            return text("".join(char + ACCENTS[name] for char in row))
        return text(row[0] + ACCENTS[name] + row[1:])

    def _braced(self, name: str, inside: Box) -> Box:
        if self._flat or self._ascii:
            return inside
        columns = max(3, inside.width)
        half = (columns - 3) // 2
        rest = columns - 3 - half
        if name == "underbrace":
            return boxes.stacked(None, inside, text("╰" + "─" * half + "┬" + "─" * rest + "╯"))
        return boxes.stacked(text("╭" + "─" * half + "┴" + "─" * rest + "╮"), inside, None)

    def _enclosed(self, left: str, inside: Box, right: str) -> Box:
        return beside(
            [
                boxes.fence(left, inside, self._ascii),
                inside,
                boxes.fence(right, inside, self._ascii),
            ]
        )

    def _fenced(self) -> Box:
        left = self._delimiter()
        inside: list[Any] = []
        depth = 1
        while self._queue:
            name = getattr(self._queue[0], "macroname", "")
            depth += (name == "left") - (name == "right")
            if depth == 0:
                self._queue.pop(0)
                break
            inside.append(self._queue.pop(0))
        right = self._delimiter()
        setter = self._sub([])
        setter._queue = inside
        return self._enclosed(left, setter.run(), right)

    def _delimiter(self) -> str:
        if not self._queue:
            return ""
        sign = self._queue.pop(0)
        if isinstance(sign, str):
            return "" if sign == "." else sign
        name = getattr(sign, "macroname", "")
        return FENCES.get(name, SYMBOLS.get(name, ""))

    def _environment(self, node: Any) -> Box:
        name = node.environmentname
        rows: list[list[list[Any]]] = [[[]]]
        for item in self._sub(node.nodelist)._queue:
            # pylatexenc's nodes do not compare with text, so only text is compared with text.
            sign = item if isinstance(item, str) else getattr(item, "specials_chars", "")
            if getattr(item, "macroname", "") == "\\":
                rows.append([[]])
            elif sign == "&":
                rows[-1].append([])
            else:
                rows[-1][-1].append(item)
        cells = [[self._cell(cell) for cell in row] for row in rows if any(row)]
        if self._flat:
            lines = ["  ".join("".join(cell.rows) for cell in row) for row in cells]
            left, right = ENVIRONMENTS.get(name, ("", ""))
            return self._enclosed(left, text("; ".join(lines)), right)
        aligned = name.startswith("align") or name == "cases"
        inside = boxes.grid(cells, gap=0 if name.startswith("align") else 2, left=aligned)
        left, right = ENVIRONMENTS.get(name, ("", ""))
        return self._enclosed(left, inside, right)

    def _cell(self, nodes: Sequence[Any]) -> Box:
        setter = self._sub([])
        setter._queue = list(nodes)
        return setter.run()


def _translated(part: Box | None, table: dict[str, str]) -> str | None:
    """A one-row box in small letters, or None where a character has no small form."""
    if part is None or part.height != 1:
        return None
    row = part.rows[0].replace(" ", "")
    return "".join(table[char] for char in row) if all(char in table for char in row) else None


def _single(part: Box | None) -> bool:
    return part is None or part.height == 1


def _grouped(part: Box) -> str:
    row = " ".join(part.rows).strip()
    return row if len(row) == 1 or row.isalnum() else f"({row})"


def _linear(sign: str, part: Box | None) -> str:
    if part is None:
        return ""
    row = " ".join(part.rows).strip()
    return f"{sign}{row}" if len(row) == 1 else f"{sign}({row})"
