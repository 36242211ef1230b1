"""The one small grammar of rules and parameterised answers: text -> tree.

    expression := and-terms joined by `or`; comparisons joined by `and`
    comparison := sum (< <= > >= == != sum)*
    sum        := numbers, names, calls, parentheses under + - * / **, as Python binds them
    call       := function("series") or function("series", number)

Python's own parser is not asked: it reads far more than this and prints warnings of its own.
"""

import re
from typing import Literal, NamedTuple, NoReturn

from tutor.core.errors import TutorError
from tutor.core.text import visible

LONGEST = 500
"""Characters of an expression."""
LARGEST = 1e100
"""Bound on every number, so that powers of powers stay cheap."""
DEEPEST = 40
"""Parentheses, signs and powers inside one another."""

FUNCTIONS = ("first", "last", "mean", "min", "max", "count", "finite", "at")
ARITHMETIC_HINT = "Allowed are numbers, + - * / **, parentheses and the names of parameters."
RULE_HINT = (
    'Write for example last("test/mae") <= 2.2 and finite("train/loss"). '
    f"Functions: {' '.join(FUNCTIONS)}; series names in quotes."
)


class Constant(NamedTuple):
    """A number."""

    value: float


class Name(NamedTuple):
    """A parameter."""

    name: str
    column: int


class Call(NamedTuple):
    """A function over a series."""

    function: str
    series: str
    argument: float | None

    def __str__(self) -> str:
        extra = "" if self.argument is None else f", {self.argument:g}"
        return f'{self.function}("{self.series}"{extra})'


class Negative(NamedTuple):
    """A sign."""

    operand: "Node"


class Binary(NamedTuple):
    """Two numbers under an operator."""

    operator: str
    left: "Node"
    right: "Node"
    column: int


class Compare(NamedTuple):
    """A chain of comparisons, `1 < a <= 2`."""

    sides: tuple["Node", ...]
    operators: tuple[str, ...]
    column: int
    """Where the first operator stands."""


class Logic(NamedTuple):
    """Two conditions joined."""

    operator: str
    left: "Node"
    right: "Node"


Node = Constant | Name | Call | Negative | Binary | Compare | Logic

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)(?![\w.])"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<series>\"[^\"\n]*\"|'[^'\n]*')"
    r"|(?P<mark>\*\*|[<>=!]=|[-+*/()<>,])"
    r"|(?P<end>$))"
)
_BINDING = {
    "or": 1,
    "and": 2,
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), 3),
    **dict.fromkeys("+-", 4),
    **dict.fromkeys("*/", 5),
    "**": 7,
}
_SIGN = 6


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


def is_condition(node: Node) -> bool:
    """Whether a tree is true or false, rather than a number."""
    return isinstance(node, Compare | Logic) or (
        isinstance(node, Call) and node.function == "finite"
    )


def parse(text: str, kind: Literal["arithmetic", "rule"]) -> Node:
    """Read an expression: arithmetic over names, or a condition over series.

    Raises:
        TutorError: For anything outside the grammar, with the column where it stands.
    """
    hint = RULE_HINT if kind == "rule" else ARITHMETIC_HINT
    if len(text) > LONGEST:
        raise TutorError(f"The expression has {len(text)} characters; {LONGEST} are allowed.", hint)
    parser = _Parser(text, kind, hint)
    tree = parser.expression(0)
    if parser.next.kind != "end":
        parser.refuse(f"`{visible(parser.next.text)}` is not expected")
    if kind == "rule" and not is_condition(tree):
        parser.refuse("this says no condition; compare it with something", column=1)
    return tree


class _Parser:
    """A Pratt parser: each operator binds with a strength of its own."""

    def __init__(self, text: str, kind: str, hint: str) -> None:
        self.text, self.kind, self.hint = text, kind, hint
        self.place = self.depth = 0
        self.next = self._token()

    def refuse(self, what: str, column: int = 0) -> NoReturn:
        raise TutorError(
            f"`{visible(self.text)}` cannot be read at column {column or self.next.column}: "
            f"{what}.",
            self.hint,
        )

    def _token(self) -> _Token:
        found = _TOKEN.match(self.text, self.place)
        if found is None:
            rest = self.text[self.place :]
            column = self.place + len(rest) - len(rest.lstrip()) + 1
            self.refuse(f"`{visible(rest.split()[0][:20])}` is not known here", column)
        kind = found.lastgroup or "end"
        self.place = found.end()
        return _Token(kind, found[kind], found.start(kind) + 1)

    def _take(self) -> _Token:
        taken, self.next = self.next, self._token()
        return taken

    def _need(self, mark: str) -> None:
        if self.next.text != mark:
            self.refuse(f"`{mark}` is missing")
        self._take()

    def expression(self, least: int) -> Node:
        """Everything from here that binds at least so strongly."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.refuse("this is nested too deeply")
        left = self._prefix()
        while (strength := _BINDING.get(self.next.text, -1)) >= least:
            left = self._infix(left, strength)
        self.depth -= 1
        return left

    def _prefix(self) -> Node:
        token = self.next
        if token.kind == "number":
            if float(token.text) > LARGEST:
                self.refuse("the number is too large")
            self._take()
            return Constant(float(token.text))
        if token.kind == "word" and token.text not in ("and", "or"):
            self._take()
            return self._call(token) if self.kind == "rule" else Name(token.text, token.column)
        if token.text in ("-", "+"):
            self._take()
            operand = self._number(self.expression(_SIGN))
            return Negative(operand) if token.text == "-" else operand
        if token.text == "(":
            self._take()
            inner = self.expression(0)
            self._need(")")
            return inner
        what = f"`{visible(token.text)}` is not expected" if token.text else "it ends too early"
        return self.refuse(what)

    def _infix(self, left: Node, strength: int) -> Node:
        token = self.next
        if strength <= 3 and self.kind != "rule":
            self.refuse("a comparison is not arithmetic")
        if strength <= 2:
            self._take()
            right = self.expression(strength + 1)
            return Logic(token.text, self._condition(left), self._condition(right))
        left = self._number(left)
        if strength == 3:
            sides, operators = [left], []
            while _BINDING.get(self.next.text) == 3:
                operators.append(self._take().text)
                sides.append(self._number(self.expression(4)))
            return Compare(tuple(sides), tuple(operators), token.column)
        self._take()
        # Powers bind to the right, everything else to the left.
        right = self._number(self.expression(strength + (token.text != "**")))
        return Binary(token.text, left, right, token.column)

    def _condition(self, node: Node) -> Node:
        if not is_condition(node):
            self.refuse("`and` and `or` join conditions, not numbers")
        return node

    def _number(self, node: Node) -> Node:
        if is_condition(node):
            self.refuse("a condition is no number")
        return node

    def _call(self, word: _Token) -> Call:
        name = word.text
        if name not in FUNCTIONS:
            self.refuse(f"`{visible(name)}` is no function", word.column)
        self._need("(")
        if self.next.kind != "series":
            self.refuse(f"`{name}` takes the name of a series in quotes")
        series = visible(self._take().text[1:-1])
        argument = None
        if self.next.text == "," and name in ("last", "at"):
            self._take()
            if self.next.kind != "number":
                self.refuse(f"`{name}` takes a number here")
            argument = float(self.next.text)
            if not (name == "at" or argument >= 1) or argument > 1e12:
                self.refuse(f"`{name}` needs a number from 1 on")
            self._take()
        elif name == "at":
            self.refuse("`at` takes a series and a step")
        self._need(")")
        return Call(name, series, argument)
