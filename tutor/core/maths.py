"""LaTeX to two-dimensional Unicode, over pylatexenc's parser.

`display` sets a formula in as many rows as it needs; `inline` in exactly one, with brackets where
grouping would be lost; `problems` says what an author wrote that cannot be set.
"""

import functools
from collections.abc import Sequence
from typing import Any

from tutor.core import boxes
from tutor.core.boxes import EMPTY, Box, text
from tutor.core.formula import CONSTRUCTS, Atom, Kind, Style, line, resolved, scripted
from tutor.core.latex import (
    ENVIRONMENTS,
    Unreadable,
    is_break,
    is_mark,
    is_script,
    parse,
    tokens_of,
)
from tutor.core.symbols import (
    BARS,
    BIG,
    BINARY,
    CLOSING,
    DELIMITERS,
    FUNCTIONS,
    GREEK,
    LIMITS,
    OPENING,
    ORDINARY,
    RELATIONS,
    SIZES,
    SPACES,
    WORDS,
)
from tutor.core.text import visible

_SYMBOLS: tuple[tuple[dict[str, str], Kind], ...] = (
    (GREEK, "ord"),
    (ORDINARY, "ord"),
    (BINARY, "bin"),
    (RELATIONS, "rel"),
    (OPENING, "open"),
    (CLOSING, "close"),
    (BARS, "ord"),
    (BIG, "big"),
)
_CHARS: dict[str, tuple[str, Kind]] = {
    **{char: (char, "rel") for char in "=<>:"},
    **{char: (char, "open") for char in "(["},
    **{char: (char, "close") for char in ")]"},
    **{char: (char, "punct") for char in ",;"},
    "+": ("+", "bin"),
    "-": ("−", "bin"),
    "*": ("∗", "bin"),
    "~": (" ", "space"),
}


# --- the public functions -------------------------------------------------------------------------


@functools.lru_cache(maxsize=1024)
def display(tex: str, *, ascii: bool = False) -> Box:  # noqa: A002  # the word of the interface
    """A formula in rows; LaTeX that cannot be read is shown as it stands."""
    return _set(tex, Style(ascii=ascii))


@functools.lru_cache(maxsize=2048)
def inline(tex: str, *, ascii: bool = False) -> str:  # noqa: A002  # the word of the interface
    """A formula in one row, grouping kept by brackets: `(a + b)/c`, `x^(n×d)`."""
    whole = display(tex, ascii=ascii)
    if whole.height > 1:
        whole = _set(tex, Style(ascii=ascii, flat=True))
    if whole.height > 1:  # a construction that knows no flat form
        whole = _literal(tex)
    return " ".join(whole.rows[0].split())


@functools.lru_cache(maxsize=256)
def broken(tex: str, columns: int, *, ascii: bool = False) -> tuple[Box, ...]:  # noqa: A002  # the word of the interface
    """A formula over several lines of at most so many columns, broken at its relations and signs.

    Empty where a part that cannot be broken is wider than that.
    """
    whole = display(tex, ascii=ascii)
    if whole.width <= columns:
        return (whole,)
    style = Style(ascii=ascii)
    try:
        setter = _Setter(style, tokens_of(parse(tex)))
        atoms = [EMPTY_ATOM] if setter.has_rows() else setter.atoms()
    except (Unreadable, RecursionError):
        return ()
    breaks = [i for i, atom in enumerate(atoms) if atom.kind in ("rel", "bin") and i > 0]
    lines: list[Box] = []
    start = 0
    for first, last in zip([0, *breaks], [*breaks, len(atoms)], strict=True):
        if first > start and line(atoms[start:last], style).width > columns:
            lines.append(line(atoms[start:first], style))
            start = first
    lines.append(line(atoms[start:], style))
    return tuple(lines) if all(0 < part.width <= columns for part in lines) else ()


def problems(tex: str) -> list[str]:
    """What cannot be set: unknown macros and environments, unbalanced braces; empty when fine."""
    try:
        nodes = parse(tex)
    except Unreadable as error:
        return [f"The formula cannot be read: {error}."]
    except RecursionError:
        return ["The formula is nested too deeply."]
    found: list[str] = []
    _walk(nodes, found)
    return list(dict.fromkeys(found))


def _walk(nodes: Sequence[Any], found: list[str]) -> None:
    depth = 0
    for node in nodes:
        if node is None:
            continue
        name = getattr(node, "macroname", "")
        if name and not _known(name):
            found.append(f"The macro `\\{name}` is not known.")
        environment = getattr(node, "environmentname", "")
        if environment and environment not in ENVIRONMENTS:
            found.append(f"The environment `{environment}` is not known.")
        depth += (name == "left") - (name == "right")
        if depth < 0:
            break
        arguments = getattr(node, "nodeargd", None)
        if arguments is not None:
            _walk(arguments.argnlist or [], found)
        _walk(getattr(node, "nodelist", None) or [], found)
    if depth:
        found.append("A `\\left` and its `\\right` do not stand in one group.")


def _known(name: str) -> bool:
    tables = (CONSTRUCTS, FUNCTIONS, SPACES, WORDS, SIZES, *(table for table, _ in _SYMBOLS))
    return any(name in table for table in tables) or name in _Setter.OWN


def _literal(tex: str) -> Box:
    return text(" ".join(visible(tex).split()))


def _set(tex: str, style: Style) -> Box:
    try:
        whole = _Setter(style, tokens_of(parse(tex))).box()
    except (Unreadable, RecursionError):
        return _literal(tex)
    return whole if whole.width else _literal(tex)


# --- setting --------------------------------------------------------------------------------------

EMPTY_ATOM = Atom(EMPTY)


class _Setter:
    """Reads tokens from left to right and sets them as atoms."""

    OWN = frozenset(("\\", "left", "right", "middle", "substack"))

    def __init__(self, style: Style, tokens: Sequence[Any]) -> None:
        self._style = style
        self._tokens = tokens
        self._next = 0

    def _of(self, tokens: Sequence[Any], style: Style | None = None) -> "_Setter":
        return _Setter(style or self._style, tokens)

    def box(self) -> Box:
        """Everything, in a line or, where there are line breaks, in aligned rows."""
        if self.has_rows():
            return self._rows(self._tokens, "", "", "rl", 0)
        return line(self.atoms(), self._style)

    def atom(self) -> Atom:
        """Everything as one atom; a word alone stays a word."""
        if self.has_rows():
            return Atom(self.box())
        atoms = self.atoms()
        if len(atoms) == 1 and atoms[0].kind == "word":
            return atoms[0]
        return Atom(line(atoms, self._style))

    def has_rows(self) -> bool:
        """Whether there is a line break or an alignment mark."""
        return any(is_break(token) or is_mark(token) for token in self._tokens)

    def atoms(self) -> list[Atom]:
        """Every token as an atom, signs told from operators."""
        found: list[Atom] = []
        while self._next < len(self._tokens):
            found.append(self._with_scripts(self._atom(self._take())))
        return resolved(found, self._style)

    def _take(self) -> Any:
        token = self._tokens[self._next] if self._next < len(self._tokens) else ""
        self._next += 1
        return token

    def _with_scripts(self, base: Atom) -> Atom:
        above: list[Atom] = []
        below: list[Atom] = []
        while self._next < len(self._tokens) and is_script(self._tokens[self._next]):
            sign = self._take()
            if sign == "'":
                above.append(self._style.sign("′"))
            else:
                script = self._of([self._take()], self._style._replace(tight=True)).atom()
                (above if sign == "^" else below).append(script)
        if not above and not below:
            return base
        return scripted(base, self._joined(above), self._joined(below), self._style)

    def _joined(self, atoms: Sequence[Atom]) -> Atom | None:
        if len(atoms) <= 1:
            return atoms[0] if atoms else None
        return Atom(line(atoms, self._style))

    def _atom(self, token: Any) -> Atom:
        if isinstance(token, str):
            sign, kind = _CHARS.get(token, (token, "ord"))
            return self._style.sign(sign, kind)
        match type(token).__name__:
            case "LatexGroupNode":
                return self._of(tokens_of(token.nodelist)).atom()
            case "LatexSpecialsNode":
                return self._atom(token.specials_chars)
            case "LatexEnvironmentNode":
                return self._environment(token)
            case "LatexMacroNode":
                return self._macro(token)
            case _:
                return Atom(_literal(token.latex_verbatim()))

    def _macro(self, node: Any) -> Atom:
        name: str = node.macroname
        arguments = (node.nodeargd.argnlist if node.nodeargd else None) or []
        if name in CONSTRUCTS:
            spec, construct = CONSTRUCTS[name]
            return construct(self._style, [self._argument(arguments, i) for i in range(len(spec))])
        if name in WORDS:
            return self._word(name, arguments)
        if name in FUNCTIONS:
            return Atom(text(name), "limits" if name in LIMITS else "op")
        if name in SPACES:
            return Atom(text(SPACES[name]), "space")
        for table, kind in _SYMBOLS:
            if name in table:
                return self._style.sign(table[name], kind)
        return self._own(name, arguments)

    def _own(self, name: str, arguments: Sequence[Any]) -> Atom:
        match name:
            case "left":
                return self._fenced()
            case "middle":
                return Atom(text(self._delimiter()), "rel")
            case "substack":
                nodes = arguments[0].nodelist if arguments and arguments[0] is not None else []
                return Atom(self._rows(tokens_of(nodes), "", "", "c", 0))
            case "right" | "\\":
                return Atom(EMPTY, "space")
            case _ if name in SIZES:
                return Atom(EMPTY, "space")
            case _:
                return Atom(text(f"\\{name}"), "word")

    def _argument(self, arguments: Sequence[Any], index: int) -> Box:
        if index >= len(arguments) or arguments[index] is None:
            return EMPTY
        node = arguments[index]
        inside = node.nodelist if type(node).__name__ == "LatexGroupNode" else [node]
        return self._of(tokens_of(inside)).box()

    # --- words ------------------------------------------------------------------------------------

    def _word(self, name: str, arguments: Sequence[Any]) -> Atom:
        content = self._verbatim(arguments[-1:])
        if name == "operatorname":
            starred = len(arguments) > 1 and arguments[0] is not None
            return Atom(text(content), "limits" if starred else "op")
        return Atom(text(content), "ord" if len(content) == 1 else "word")

    def _verbatim(self, nodes: Sequence[Any]) -> str:
        """Text as it is written, spaces included; formulas inside it in a row."""
        found = ""
        for node in nodes:
            match type(node).__name__:
                case "NoneType" | "LatexCommentNode":
                    pass
                case "LatexCharsNode":
                    found += " ".join(f"|{node.chars}|".split())[1:-1]
                case "LatexGroupNode":
                    found += self._verbatim(node.nodelist)
                case _:
                    flat = self._style._replace(flat=True)
                    inside = self._of(tokens_of([node]), flat).box()
                    found += " ".join(row.rstrip() or " " for row in inside.rows)
        return found

    # --- what encloses ----------------------------------------------------------------------------

    def _fenced(self) -> Atom:
        left = self._delimiter()
        start, depth = self._next, 1
        while self._next < len(self._tokens):
            name = getattr(self._tokens[self._next], "macroname", "")
            depth += (name == "left") - (name == "right")
            if depth == 0:
                break
            self._next += 1
        inside = self._of(self._tokens[start : self._next]).box()
        self._next += 1
        right = self._delimiter()
        return Atom(boxes.enclosed(left, inside, right, self._style.ascii), "fenced")

    def _delimiter(self) -> str:
        token = self._take()
        if isinstance(token, str):
            sign = "" if token == "." else token
        else:
            sign = DELIMITERS.get(getattr(token, "macroname", ""), "")
        return self._style.sign(sign).box.rows[0]

    def _environment(self, node: Any) -> Atom:
        left, right, aligns, gap = ENVIRONMENTS.get(node.environmentname, ("", "", "c", 2))
        if node.environmentname == "array":
            spec = self._verbatim(node.nodeargd.argnlist if node.nodeargd else [])
            aligns = "".join(char for char in spec if char in "lcr") or "c"
        return Atom(self._rows(tokens_of(node.nodelist), left, right, aligns, gap), "fenced")

    def _rows(self, tokens: Sequence[Any], left: str, right: str, aligns: str, gap: int) -> Box:
        rows: list[list[list[Any]]] = [[[]]]
        for token in tokens:
            if is_break(token):
                rows.append([[]])
            elif is_mark(token):
                rows[-1].append([])
            else:
                rows[-1][-1].append(token)
        cells = [
            [self._cell(cell, i, aligns) for i, cell in enumerate(row)] for row in rows if any(row)
        ]
        if not cells:
            return EMPTY
        if not self._style.flat:
            inside = boxes.grid(cells, aligns, gap)
            return boxes.enclosed(left, inside, right, self._style.ascii)
        comma = "" if aligns == "rl" else ", "
        lines = [comma.join(cell.rows[0] for cell in row).strip() for row in cells]
        # One row has no height to hold its rows together: the right bracket is never left out.
        return text(f"{left}{'; '.join(lines)}{'}' if left == '{' else right}")

    def _cell(self, tokens: Sequence[Any], index: int, aligns: str) -> Box:
        atoms = self._of(tokens).atoms()
        if aligns == "rl" and index:
            # A relation behind an alignment mark keeps the space before it.
            start = Atom(text("   "), "space") if index % 2 == 0 else EMPTY_ATOM
            atoms = [start, *atoms]
        return line(atoms, self._style)
