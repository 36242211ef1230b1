"""The LaTeX that is understood, read by pylatexenc's parser into tokens."""

import functools
import warnings
from collections.abc import Sequence
from typing import Any

from tutor.core.formula import CONSTRUCTS
from tutor.core.symbols import WORDS
from tutor.core.text import visible

ENVIRONMENTS = {
    # left and right delimiter, alignment of the columns, gap
    "matrix": ("", "", "c", 2),
    "smallmatrix": ("", "", "c", 2),
    "pmatrix": ("(", ")", "c", 2),
    "bmatrix": ("[", "]", "c", 2),
    "vmatrix": ("|", "|", "c", 2),
    "cases": ("{", "", "l", 2),
    "array": ("", "", "c", 2),
    **dict.fromkeys(("aligned", "align", "align*", "split"), ("", "", "rl", 0)),
    **dict.fromkeys(("gathered", "gather", "gather*", "equation", "equation*"), ("", "", "c", 0)),
}


class Unreadable(Exception):
    """The formula cannot be parsed; the message says why."""


@functools.cache
def _context() -> Any:
    """The macros that are set here and their arguments, for pylatexenc's parser."""
    from pylatexenc.macrospec import EnvironmentSpec, LatexContextDb, MacroSpec, SpecialsSpec

    arguments = {name: spec for name, (spec, _) in CONSTRUCTS.items() if spec}
    arguments |= dict.fromkeys((*WORDS, "substack"), "{") | {"operatorname": "*{", "\\": "["}
    context = LatexContextDb()
    context.add_context_category(
        "maths",
        macros=[MacroSpec(name, spec) for name, spec in arguments.items()],
        environments=[
            EnvironmentSpec(name, "{" if name == "array" else "") for name in ENVIRONMENTS
        ],
        specials=[SpecialsSpec("&"), SpecialsSpec("~")],
    )
    context.set_unknown_macro_spec(MacroSpec(""))
    context.set_unknown_environment_spec(EnvironmentSpec(""))
    return context


def parse(tex: str) -> list[Any]:
    """The nodes of a formula; raises `Unreadable` where a brace or an environment stays open."""
    from pylatexenc.latexwalker import LatexWalker, LatexWalkerParseError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # A sign that widens the one before it would not keep the columns of a box apart.
            plain = visible(tex).replace("\ufe0f", "")
            walker = LatexWalker(plain, latex_context=_context(), tolerant_parsing=False)
            return list(walker.get_latex_nodes()[0])
        except (LatexWalkerParseError, IndexError, ValueError) as error:
            reason = str(getattr(error, "msg", error)).strip().partition("\n")[0]
            raise Unreadable(reason.rstrip(".") or "its LaTeX is broken") from error


def tokens_of(nodes: Sequence[Any]) -> list[Any]:
    """Characters one by one, and the other nodes as they are."""
    found: list[Any] = []
    for node in nodes:
        kind = type(node).__name__
        if kind == "LatexCharsNode":
            found += [char for char in node.chars if not char.isspace()]
        elif kind == "LatexMathNode":
            found += tokens_of(node.nodelist)
        elif node is not None and kind != "LatexCommentNode":
            found.append(node)
    return found


def is_script(token: Any) -> bool:
    """Whether a super- or subscript follows."""
    # pylatexenc's nodes cannot be compared with text.
    return isinstance(token, str) and token in ("^", "_", "'")


def is_break(token: Any) -> bool:
    """Whether a new row begins."""
    return getattr(token, "macroname", "") == "\\"


def is_mark(token: Any) -> bool:
    """Whether it is an alignment mark."""
    return getattr(token, "specials_chars", "") == "&"
