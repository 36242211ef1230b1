"""The one small, safe grammar: parameterised answers and rules over a finished run.

Numbers, `+ - * / **` and parentheses; for rules also comparisons joined by `and` and `or`, and the
functions `first last mean min max count finite at` over a quoted series. Nothing else is read:
Python's own parser makes the tree, and every node that is not on the list is refused.
"""

import ast
import math
import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from tutor.core.errors import TutorError

LONGEST = 500
"""Characters of an expression."""
GREATEST_EXPONENT = 64
LARGEST = 1e100
"""Bound on every value in between, so that powers of powers stay cheap."""

_HINT = "Allowed are numbers, + - * / **, parentheses and the names of parameters."
_RULE_HINT = (
    'Write for example last("test/mae") <= 2.2 and finite("train/loss"). '
    "Functions: first last mean min max count finite at; series names in quotes."
)
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARE: dict[type[ast.cmpop], tuple[str, Callable[[float, float], bool]]] = {
    ast.Lt: ("<", operator.lt),
    ast.LtE: ("<=", operator.le),
    ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge),
    ast.Eq: ("==", operator.eq),
    ast.NotEq: ("!=", operator.ne),
}


class SeriesView(Protocol):
    """Anything that can say what a series held."""

    def values(self, name: str) -> Sequence[tuple[int, float]]:
        """The readings as (step, value), steps ascending; empty where there is no such series."""
        ...


def _parse(text: str, hint: str) -> ast.expr:
    if len(text) > LONGEST:
        raise TutorError(f"The expression has {len(text)} characters; {LONGEST} are allowed.", hint)
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        where = f" at column {error.offset}" if isinstance(error, SyntaxError) else ""
        raise TutorError(f"`{text}` cannot be read{where}.", hint) from error


# --- values -------------------------------------------------------------------------------------


def evaluate(expression: str, names: Mapping[str, float] | None = None) -> float:
    """The value of an expression over parameters.

    Raises:
        TutorError: For anything outside the grammar, a division by zero, or a result that is not
            finite.
    """
    value = _value(_parse(expression, _HINT), names or {}, expression)
    if not math.isfinite(value):
        raise TutorError(f"`{expression}` has no finite value.", _HINT)
    return value


def _value(node: ast.expr, names: Mapping[str, float], text: str) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return _bounded(float(number) if abs(number) < LARGEST else math.inf, text)
        case ast.Name(id=name) if name in names:
            return float(names[name])
        case ast.Name(id=name):
            raise TutorError(f"`{name}` in `{text}` is not a parameter.", _HINT)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, names, text)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, names, text)
        case ast.BinOp(left=left, op=op, right=right):
            return _binary(op, _value(left, names, text), _value(right, names, text), text)
        case _:
            raise TutorError(f"`{text}` holds something that is not arithmetic.", _HINT)


def _binary(op: ast.operator, left: float, right: float, text: str) -> float:
    try:
        if isinstance(op, ast.Pow):
            if abs(right) > GREATEST_EXPONENT:
                raise TutorError(f"`{text}` has an exponent beyond {GREATEST_EXPONENT}.", _HINT)
            result = left**right
            if isinstance(result, complex):
                raise TutorError(f"`{text}` takes a root of a negative number.", _HINT)
            return _bounded(result, text)
        if type(op) not in _BINARY:
            raise TutorError(f"`{text}` holds an operator that is not allowed.", _HINT)
        return _bounded(_BINARY[type(op)](left, right), text)
    except (ZeroDivisionError, OverflowError) as error:
        raise TutorError(f"`{text}` divides by zero or grows too large.", _HINT) from error


def _bounded(value: float, text: str) -> float:
    if abs(value) > LARGEST:
        raise TutorError(f"`{text}` grows too large.", _HINT)
    return value


# --- rules --------------------------------------------------------------------------------------


class Call(NamedTuple):
    """A function over a series."""

    function: str
    series: str
    argument: float | None

    def __str__(self) -> str:
        extra = "" if self.argument is None else f", {self.argument:g}"
        return f'{self.function}("{self.series}"{extra})'

    def says(self, value: float) -> str:
        """The value in a sentence."""
        name, number = self.series, f"{value:.4g}"
        match self.function:
            case "finite":
                return f"{name} {'stayed finite' if value else 'did not stay finite'}"
            case "last" if self.argument is None:
                return f"{name} ended at {number}"
            case "last":
                return f"the last {self.argument:g} of {name} average {number}"
            case "first":
                return f"{name} began at {number}"
            case "at":
                return f"{name} stood at {number} at step {self.argument:g}"
            case "count":
                return f"{name} was read {value:g} times"
            case _:
                words = {"mean": "average", "min": "least value", "max": "greatest value"}
                return f"the {words[self.function]} of {name} is {number}"


def _last(values: Sequence[float], k: float | None) -> float:
    return values[-1] if k is None else statistics.fmean(values[-max(1, int(k)) :])


_FUNCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "first": lambda values: values[0],
    "mean": statistics.fmean,
    "min": lambda values: math.nan if any(map(math.isnan, values)) else min(values),
    "max": lambda values: math.nan if any(map(math.isnan, values)) else max(values),
}


def _compute(call: Call, view: SeriesView) -> float:
    readings = view.values(call.series)
    values = [value for _, value in readings]
    if call.function == "count":
        return float(len(values))
    if call.function == "finite":
        return float(bool(values) and all(map(math.isfinite, values)))
    if not values:
        return math.nan
    if call.function == "at":
        before = [value for step, value in readings if step <= (call.argument or 0)]
        return before[-1] if before else math.nan
    if call.function == "last":
        return _last(values, call.argument)
    try:
        return _FUNCTIONS[call.function](values)
    except (OverflowError, ValueError):
        return math.nan


class Rule:
    """A rule over a finished run, read once and held against any run.

    Attributes:
        text: The rule as written.
        calls: The functions it asks for.
    """

    def __init__(self, text: str, tree: ast.expr, calls: Mapping[ast.expr, Call]) -> None:
        self.text = text
        self._tree = tree
        self._calls = calls
        self.calls: tuple[Call, ...] = tuple(calls.values())

    @property
    def series(self) -> set[str]:
        """The series it speaks of."""
        return {call.series for call in self.calls}

    def holds(self, view: SeriesView) -> bool:
        """Whether the rule is met. A comparison with NaN never holds."""
        return self._truth(self._tree, view)

    def explain(self, view: SeriesView) -> str:
        """What each function came to, in words: `test/mae ended at 2.31`."""
        said = []
        for call in dict.fromkeys(self.calls):
            value = _compute(call, view)
            if math.isnan(value) and not view.values(call.series):
                said.append(f"{call.series} was never read")
            else:
                said.append(call.says(value))
        return ", ".join(said)

    @property
    def needs(self) -> str:
        """What a single comparison with a number asks for, like `<= 2.2`; else the rule itself."""
        match self._tree:
            case ast.Compare(left=ast.Call(), ops=[op], comparators=[right]) if not any(
                isinstance(each, ast.Call) for each in ast.walk(right)
            ):
                return f"{_COMPARE[type(op)][0]} {ast.unparse(right)}"
            case _:
                return self.text

    def _truth(self, node: ast.expr, view: SeriesView) -> bool:
        match node:
            case ast.BoolOp(op=op, values=values):
                truths = [self._truth(each, view) for each in values]
                return all(truths) if isinstance(op, ast.And) else any(truths)
            case ast.Compare(left=left, ops=ops, comparators=rights):
                sides = [self._number(each, view) for each in (left, *rights)]
                pairs = zip(sides, ops, sides[1:], strict=False)
                return all(_COMPARE[type(op)][1](a, b) for a, op, b in pairs)
            case _:
                value = self._number(node, view)
                return value == 1.0

    def _number(self, node: ast.expr, view: SeriesView) -> float:
        if node in self._calls:
            return _compute(self._calls[node], view)
        match node:
            case ast.BinOp(left=left, op=op, right=right):
                a, b = self._number(left, view), self._number(right, view)
                if not (math.isfinite(a) and math.isfinite(b)):
                    return math.nan
                try:
                    return _binary(op, a, b, self.text)
                except TutorError:
                    return math.nan
            case ast.UnaryOp(op=op, operand=operand):
                value = self._number(operand, view)
                return -value if isinstance(op, ast.USub) else value
            case _:
                return _value(node, {}, self.text)


def parse_rule(text: str) -> Rule:
    """Read a rule.

    Raises:
        TutorError: For anything outside the grammar.
    """
    tree = _parse(text, _RULE_HINT)
    calls: dict[ast.expr, Call] = {}
    _check_rule(tree, text, calls, top=True)
    if not calls:
        raise TutorError(f"`{text}` speaks of no series.", _RULE_HINT)
    return Rule(text, tree, calls)


def _check_rule(node: ast.expr, text: str, calls: dict[ast.expr, Call], *, top: bool) -> None:
    match node:
        case ast.BoolOp(values=values) if top:
            for each in values:
                _check_rule(each, text, calls, top=True)
        case ast.Compare(left=left, ops=ops, comparators=rights) if top:
            if any(type(op) not in _COMPARE for op in ops):
                raise TutorError(f"`{text}` compares in a way that is not allowed.", _RULE_HINT)
            for each in (left, *rights):
                _check_rule(each, text, calls, top=False)
        case ast.Call():
            calls[node] = call = _call(node, text)
            if top and call.function != "finite":
                raise TutorError(f"`{text}` says no condition: compare {call}.", _RULE_HINT)
        case _ if top:
            raise TutorError(f"`{text}` says no condition.", _RULE_HINT)
        case ast.BinOp(left=left, op=op, right=right):
            if type(op) not in _BINARY and not isinstance(op, ast.Pow):
                raise TutorError(f"`{text}` holds an operator that is not allowed.", _RULE_HINT)
            _check_rule(left, text, calls, top=False)
            _check_rule(right, text, calls, top=False)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _check_rule(operand, text, calls, top=False)
        case ast.Constant():
            _value(node, {}, text)
        case _:
            raise TutorError(f"`{text}` holds something that is not a rule.", _RULE_HINT)


def _call(node: ast.Call, text: str) -> Call:
    known = {*_FUNCTIONS, "last", "at", "count", "finite"}
    if not isinstance(node.func, ast.Name) or node.func.id not in known or node.keywords:
        raise TutorError(f"`{text}` calls a function that is not on the list.", _RULE_HINT)
    name = node.func.id
    match node.args:
        case [ast.Constant(value=str() as series)] if name != "at":
            return Call(name, series, None)
        case [ast.Constant(value=str() as series), extra] if name in ("last", "at"):
            number = _value(extra, {}, text)
            if number < (1 if name == "last" else 0):
                raise TutorError(f"`{text}` needs a positive number in `{name}`.", _RULE_HINT)
            return Call(name, series, number)
        case _:
            raise TutorError(f"`{name}` in `{text}` takes a series name in quotes.", _RULE_HINT)
