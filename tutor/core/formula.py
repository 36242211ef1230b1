"""The rules of setting a formula, over boxes: spaces, scripts, fractions, roots, accents.

What TeX knows of atoms (ordinary, operator, binary, relation, opening, closing, punctuation)
decides the spaces; a fraction, a script or a sum may stand in two dimensions or, flat, in one row
with brackets where grouping would be lost.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from tutor.core import boxes
from tutor.core.boxes import Box, beside, text
from tutor.core.symbols import (
    ACCENTS,
    ASCII_SIGNS,
    DOUBLE_STRUCK,
    SUBSCRIPTS,
    SUPERSCRIPTS,
)

Kind = Literal[
    "ord", "word", "sign", "op", "limits", "big", "bin", "rel", "open", "close", "punct",
    "space", "fraction", "fenced",
]  # fmt: skip


class Atom(NamedTuple):
    """A box and what it is to its neighbours."""

    box: Box
    kind: Kind = "ord"


class Style(NamedTuple):
    """How a formula is set.

    Attributes:
        ascii: Signs of ASCII alone.
        flat: In one row.
        tight: As a script: no spaces round operators and relations.
    """

    ascii: bool = False
    flat: bool = False
    tight: bool = False

    def sign(self, sign: str, kind: Kind = "ord") -> Atom:
        """A sign, spelled out where only ASCII may be used."""
        if self.ascii:
            sign = ASCII_SIGNS.get(sign, sign)
            if kind == "ord" and len(sign) > 1:
                kind = "word"
        return Atom(text(sign), kind)


# --- a line of atoms ------------------------------------------------------------------------------

_OPERATORS = ("op", "limits", "big")
_BEFORE_SIGN = (*_OPERATORS, "bin", "rel", "open", "punct", "sign")
_ONE_ATOM = re.compile(
    r"(?:\d+(?:\.\d+)?|[^\W\d_][\u0300-\u036f\u20d7]*)"
    f"[{''.join(map(re.escape, (*SUBSCRIPTS.values(), *SUPERSCRIPTS.values())))}]*"
)
_BARE = re.compile(r"\d+(?:\.\d+)?|.[\u0300-\u036f\u20d7]*")
_BRACKETED = re.compile(r"\([^()]*\)")


def resolved(atoms: Iterable[Atom], style: Style) -> list[Atom]:
    """Atoms with the signs that are no operators told apart, and flat fractions in brackets."""
    atoms = list(atoms)
    found: list[Atom] = []
    for i, atom in enumerate(atoms):
        before = next((each.kind for each in reversed(found) if each.kind != "space"), "open")
        after = next((each.kind for each in atoms[i + 1 :] if each.kind != "space"), "close")
        if atom.kind == "bin" and (before in _BEFORE_SIGN or after in ("rel", "close", "punct")):
            atom = atom._replace(kind="sign")
        elif atom.kind == "fraction" and style.flat:
            alone = ("bin", "rel", "open", "punct", "sign")
            if before not in alone or after not in ("bin", "rel", "close", "punct"):
                atom = Atom(_bracketed(atom.box), "fenced")
        found.append(atom)
    return found


def line(atoms: Sequence[Atom], style: Style) -> Box:
    """Resolved atoms beside each other, with the spaces that belong between them."""
    parts: list[Box] = []
    before: Atom | None = None
    for atom in atoms:
        if before is not None and _gap(before, atom, style):
            parts.append(text(" "))
        parts.append(atom.box)
        before = atom
    return beside(*parts)


def _gap(left: Atom, right: Atom, style: Style) -> bool:
    kinds = (left.kind, right.kind)
    if "space" in kinds:
        return False
    if "bin" in kinds or "rel" in kinds:
        sign = left if left.kind in ("bin", "rel") else right
        return kinds != ("rel", "rel") and (not style.tight or _edge(sign.box, 0).isalpha())
    if right.kind in _OPERATORS:
        return left.kind not in ("open", "sign")
    if left.kind in _OPERATORS:
        return left.kind == "big" or right.kind not in ("open", "close", "punct", "fenced")
    if "punct" in kinds:
        return left.kind == "punct" and not style.tight
    if "fraction" in kinds:  # its bar would join what stands beside it
        return not style.flat and "open" not in kinds and "close" not in kinds
    return "word" in kinds and _edge(left.box, -1).isalnum() and _edge(right.box, 0).isalnum()


def _edge(part: Box, index: int) -> str:
    row = part.rows[part.baseline]
    return row[index] if row else ""


# --- scripts --------------------------------------------------------------------------------------


def scripted(base: Atom, above: Atom | None, below: Atom | None, style: Style) -> Atom:
    """A base with its super- and subscript, or a sum or limit with what stands over and under."""
    over = above.box if above is not None else None
    under = below.box if below is not None else None
    if base.kind in ("big", "limits") and not style.flat:
        return Atom(boxes.stacked(over, base.box, under), base.kind)
    kind: Kind = base.kind if base.kind in (*_OPERATORS, "word", "close") else "ord"
    inside = base.box
    if base.kind == "fraction":
        inside = _bracketed(inside) if style.flat else boxes.enclosed("(", inside, ")", style.ascii)
    tall = any(part is not None and part.height > 1 for part in (over, inside, under))
    if (style.ascii or style.flat or style.tight) and not tall:
        return _linear(Atom(inside, kind), above, below, style)
    small_over, small_under = _small(over, SUPERSCRIPTS), _small(under, SUBSCRIPTS)
    if small_over is None or small_under is None:
        beside_base = (small_over or "") + (small_under or "") if inside.height == 1 else ""
        if beside_base:
            over, under = (None, under) if small_over else (over, None)
        return Atom(boxes.scripts(inside, over, under, beside_base), kind)
    if inside.height > 1:
        return Atom(boxes.corners(inside, small_over, small_under), kind)
    return Atom(beside(inside, text(small_under + small_over)), kind)


def _linear(base: Atom, above: Atom | None, below: Atom | None, style: Style) -> Atom:
    """Scripts in one row: `x_(t+1)`, `x^(n×d)`, `xᵢ²`."""
    row, kind = base.box.rows[0], base.kind
    for sign, part, table in (("_", below, SUBSCRIPTS), ("^", above, SUPERSCRIPTS)):
        if part is None:
            continue
        inside = part.box.rows[0].strip()
        small = None if style.ascii else _small(part.box, table)
        if small is not None:
            row += small
        elif not inside.strip("'"):
            row += inside
        elif _BARE.fullmatch(inside) or (part.kind == "word" and inside.isalnum()):
            row += sign + inside
            kind = "word" if kind == "ord" else kind  # `p_data x`, not `p_datax`
        else:
            row += sign + (inside if _BRACKETED.fullmatch(inside) else f"({inside})")
    return Atom(text(row), kind)


def _small(part: Box | None, table: dict[str, str]) -> str | None:
    """A one-row box in small letters; None where a character has no small form."""
    if part is None:
        return ""
    row = part.rows[0].replace(" ", "")
    if part.height > 1 or any(char not in table for char in row):
        return None
    return "".join(table[char] for char in row)


# --- constructions --------------------------------------------------------------------------------


def _row(part: Box) -> str:
    return " ".join(row.strip() for row in part.rows)


def _bracketed(part: Box) -> Box:
    return text(f"({_row(part)})")


def _grouped(part: Box) -> str:
    row = _row(part)
    return row if _ONE_ATOM.fullmatch(row) else f"({row})"


def _fraction(style: Style, parts: Sequence[Box]) -> Atom:
    top, bottom = parts
    if style.flat:
        return Atom(text(f"{_grouped(top)}/{_grouped(bottom)}"), "fraction")
    return Atom(boxes.fraction(top, bottom, "-" if style.ascii else "─"), "fraction")


def _binomial(style: Style, parts: Sequence[Box]) -> Atom:
    if style.flat:
        return Atom(text(f"C({_row(parts[0])}, {_row(parts[1])})"), "fenced")
    inside = boxes.stacked(parts[0], text(" "), parts[1])
    return Atom(boxes.enclosed("(", inside, ")", style.ascii), "fenced")


_UNDER_ONE_SIGN = re.compile(
    rf"[^\W\d_][\u0300-\u036f]*[{''.join(SUBSCRIPTS.values())}]*|[\d.]+"  # √dₖ and √10 cannot be misread
)


def _root(style: Style, parts: Sequence[Box]) -> Atom:
    degree, inside = parts
    row = _row(inside)
    if style.ascii or style.flat:
        name = "sqrt" if style.ascii else "√"
        if degree.width:
            name = f"root_{_row(degree)}" if style.ascii else (_small(degree, SUPERSCRIPTS) or "")
            name += "" if style.ascii else "√"
        bare = not style.ascii and _UNDER_ONE_SIGN.fullmatch(row)
        if inside.height == 1:
            return Atom(text(name + (row if bare else f"({row})")))
        return Atom(beside(text(name), boxes.enclosed("(", inside, ")", style.ascii)))
    if inside.height == 1 and _UNDER_ONE_SIGN.fullmatch(row):
        found = text("√" + row)
    else:
        found = boxes.root(inside)
    small = _small(degree, SUPERSCRIPTS)
    return Atom(beside(degree if small is None else text(small), found))


_OVER = {"overline": "─", "bar": "─", "vec": "→", "hat": "^", "widehat": "^", "widetilde": "~"}
_ONE_LETTER = re.compile(rf"[^\W_][{''.join(SUBSCRIPTS.values())}]*")


def _accent(name: str, style: Style, parts: Sequence[Box]) -> Atom:
    inside = parts[0]
    row = inside.rows[0]
    if not inside.width:
        return Atom(inside)
    if not style.ascii and inside.height == 1 and _ONE_LETTER.fullmatch(row):
        return Atom(text(unicodedata.normalize("NFC", row[0] + ACCENTS[name]) + row[1:]))
    if style.ascii or style.flat or name not in _OVER:
        return Atom(beside(text(f"{name}("), inside, text(")")))
    sign = _OVER[name]
    return Atom(boxes.stacked(text(sign * inside.width if sign == "─" else sign), inside, None))


def _brace(under: bool, style: Style, parts: Sequence[Box]) -> Atom:
    inside = parts[0]
    if style.flat:
        return Atom(_bracketed(inside), "limits")
    left = (max(3, inside.width) - 3) // 2
    right = max(3, inside.width) - 3 - left
    signs = "\\+/-/+\\-" if style.ascii else "╰┬╯─╭┴╮─"
    start, middle, end, bar = tuple(signs[:4] if under else signs[4:])
    brace = text(start + bar * left + middle + bar * right + end)
    # A label is set over or under it, as a limit is.
    whole = boxes.stacked(None, inside, brace) if under else boxes.stacked(brace, inside, None)
    return Atom(whole, "limits")


def _over(style: Style, parts: Sequence[Box]) -> Atom:
    above, base = parts
    if style.flat:
        return Atom(text(f" {_row(base)}^({_row(above)}) "), "space")
    return Atom(boxes.stacked(above, base, None), "rel")


def _under(style: Style, parts: Sequence[Box]) -> Atom:
    below, base = parts
    if style.flat:
        return Atom(text(f"{_row(base)}_({_row(below)})"), "op")
    return Atom(boxes.stacked(None, base, below), "limits")


def _double_struck(style: Style, parts: Sequence[Box]) -> Atom:
    if style.ascii:
        return Atom(parts[0])
    rows = ("".join(DOUBLE_STRUCK.get(char, char) for char in row) for row in parts[0].rows)
    return Atom(parts[0]._replace(rows=tuple(rows)))


def _struck(style: Style, parts: Sequence[Box]) -> Atom:
    known = {"=": "≠", "∈": "∉", "<": "≮", ">": "≯", "≡": "≢", "∼": "≁", "≈": "≉", "|": "∤"}
    sign = _row(parts[0])
    if style.ascii:
        return Atom(text("!=" if sign == "=" else f"not-{sign}"), "rel")
    return Atom(text(known.get(sign, sign + "\u0338")), "rel")


def _plain(style: Style, parts: Sequence[Box]) -> Atom:
    return Atom(parts[0])


def _boxed(style: Style, parts: Sequence[Box]) -> Atom:
    return Atom(boxes.enclosed("[", parts[0], "]", style.ascii), "fenced")


def _tag(style: Style, parts: Sequence[Box]) -> Atom:
    return Atom(text(f"    ({_row(parts[0])})"), "space")


def _nothing(style: Style, parts: Sequence[Box]) -> Atom:
    return Atom(boxes.EMPTY, "space")


Construct = Callable[[Style, Sequence[Box]], Atom]


def _accent_named(name: str) -> Construct:
    return lambda style, parts: _accent(name, style, parts)


CONSTRUCTS: dict[str, tuple[str, Construct]] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac"), ("{{", _fraction)),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), ("{{", _binomial)),
    **dict.fromkeys(("overset", "stackrel"), ("{{", _over)),
    **{name: ("{", _accent_named(name)) for name in ACCENTS},
    **dict.fromkeys(
        ("mathbf", "boldsymbol", "bm", "mathit", "mathsf", "mathtt", "mathcal", "mathscr"),
        ("{", _plain),
    ),
    "mathbb": ("{", _double_struck),
    "sqrt": ("[{", _root),
    "underset": ("{{", _under),
    "underbrace": ("{", lambda style, parts: _brace(True, style, parts)),
    "overbrace": ("{", lambda style, parts: _brace(False, style, parts)),
    "boxed": ("{", _boxed),
    "tag": ("{", _tag),
    "label": ("{", _nothing),
    "nonumber": ("", _nothing),
    "not": ("{", _struck),
}
"""Macros by name: what arguments they take, as pylatexenc writes it, and how they are set."""
