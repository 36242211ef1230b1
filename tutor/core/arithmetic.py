"""Values of parameterised answers, and rules over a finished run, in the one small grammar.

Every value in between is bounded, so that nothing is ever slow; a comparison with NaN never holds.
"""

import math
import operator
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from tutor.core.errors import TutorError
from tutor.core.grammar import (
    ARITHMETIC_HINT,
    LARGEST,
    Binary,
    Call,
    Compare,
    Constant,
    Logic,
    Name,
    Negative,
    Node,
    parse,
)
from tutor.core.text import visible

GREATEST_EXPONENT = 64

_BINARY: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class SeriesView(Protocol):
    """Anything that can say what a series held."""

    def values(self, name: str) -> Sequence[tuple[int, float]]:
        """The readings as (step, value), steps ascending; empty where there is no such series."""
        ...


class _Nothing:
    """A view that holds no series, for arithmetic without a run."""

    def values(self, name: str) -> Sequence[tuple[int, float]]:
        return ()


# --- values -------------------------------------------------------------------------------------


def evaluate(expression: str, names: Mapping[str, float] | None = None) -> float:
    """The value of an expression over parameters.

    Raises:
        TutorError: For anything outside the grammar, a division by zero, or a result that is not
            finite.
    """
    tree = parse(expression, "arithmetic")
    try:
        value = _number(tree, names or {}, _Nothing())
    except _NoValueError as error:
        raise TutorError(f"`{visible(expression)}` {error}.", ARITHMETIC_HINT) from error
    if not math.isfinite(value):
        raise TutorError(f"`{visible(expression)}` has no finite value.", ARITHMETIC_HINT)
    return value


class _NoValueError(Exception):
    """There is no number to be had; says why."""


def _number(node: Node, names: Mapping[str, float], view: SeriesView) -> float:
    match node:
        case Constant(value=value):
            return _bounded(value)
        case Name(name=name) if name in names:
            return float(names[name])
        case Name(name=name, column=column):
            raise _NoValueError(f"names `{visible(name)}` at column {column}, which is not known")
        case Negative(operand=operand):
            return -_number(operand, names, view)
        case Call():
            return compute(node, view)
        case Binary(operator=sign, left=left, right=right, column=column):
            a, b = _number(left, names, view), _number(right, names, view)
            return _binary(sign, a, b, column)
        case Compare() | Logic():
            raise AssertionError("the parser lets no condition stand where a number does")


def _binary(sign: str, left: float, right: float, column: int) -> float:
    try:
        if sign != "**":
            return _bounded(_BINARY[sign](left, right))
        if abs(right) > GREATEST_EXPONENT:
            raise _NoValueError(f"has an exponent beyond {GREATEST_EXPONENT} at column {column}")
        power = left**right
    except ZeroDivisionError as error:
        raise _NoValueError(f"divides by zero at column {column}") from error
    except OverflowError as error:
        raise _NoValueError("grows too large") from error
    if isinstance(power, complex):
        raise _NoValueError(f"takes a root of a negative number at column {column}")
    return _bounded(power)


def _bounded(value: float) -> float:
    if abs(value) > LARGEST:
        raise _NoValueError("grows too large")
    return value


# --- series -------------------------------------------------------------------------------------


def _mean(values: Sequence[float]) -> float:
    try:
        return statistics.fmean(values)
    except (OverflowError, ValueError):  # beyond floats, or infinities of both signs
        return math.nan


_FUNCTIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "mean": _mean,
    "min": lambda values: math.nan if any(map(math.isnan, values)) else min(values),
    "max": lambda values: math.nan if any(map(math.isnan, values)) else max(values),
}


def compute(call: Call, view: SeriesView) -> float:
    """What a function comes to; NaN where the series was never read, or held NaN."""
    readings = view.values(call.series)
    values = [value for _, value in readings]
    if call.function == "count":
        return float(len(values))
    if call.function == "finite":
        return float(bool(values) and all(map(math.isfinite, values)))
    if not values:
        return math.nan
    if call.argument is None:
        return _FUNCTIONS[call.function](values)
    if call.function == "last":
        return _mean(values[-int(call.argument) :])
    before = [value for step, value in readings if step <= call.argument]
    return before[-1] if before else math.nan


def says(call: Call, value: float) -> str:
    """A function's value in a sentence: `test/mae ended at 2.31`."""
    name, number = call.series, f"{value:.4g}"
    match call.function:
        case "finite":
            return f"{name} {'stayed finite' if value else 'did not stay finite'}"
        case "last" if call.argument is None:
            return f"{name} ended at {number}"
        case "last":
            return f"the last {call.argument:g} of {name} average {number}"
        case "first":
            return f"{name} began at {number}"
        case "at":
            return f"{name} stood at {number} at step {call.argument:g}"
        case "count":
            return f"{name} was read {value:g} times"
        case _:
            words = {"mean": "average", "min": "least value", "max": "greatest value"}
            return f"the {words[call.function]} of {name} is {number}"


# --- rules --------------------------------------------------------------------------------------


class Rule:
    """A rule over a finished run, read once and held against any run.

    Attributes:
        text: The rule as written.
        calls: The functions it asks for, in the order written.
    """

    def __init__(self, text: str, tree: Node) -> None:
        self.text = text
        self._tree = tree
        self.calls: tuple[Call, ...] = tuple(_calls(tree))

    @property
    def series(self) -> set[str]:
        """The series it speaks of."""
        return {call.series for call in self.calls}

    def holds(self, view: SeriesView) -> bool:
        """Whether the rule is met. A comparison with NaN never holds."""
        return _truth(self._tree, view)

    def explain(self, view: SeriesView) -> str:
        """What each function came to, in words: `test/mae ended at 2.31`."""
        return ", ".join(_found(call, view) for call in dict.fromkeys(self.calls))

    @property
    def needs(self) -> str:
        """What a single comparison with a number asks for, like `<= 2.2`; else the rule itself."""
        match self._tree:
            case Compare(sides=(Call(), right), column=column) if not any(_calls(right)):
                if not self.text.lstrip().startswith("("):
                    return self.text[column - 1 :].strip()
        return self.text


def parse_rule(text: str) -> Rule:
    """Read a rule.

    Raises:
        TutorError: For anything outside the grammar.
    """
    rule = Rule(visible(text), parse(text, "rule"))
    if not rule.calls:
        raise TutorError(f"`{rule.text}` speaks of no series.", 'Name one, like last("loss") < 1.')
    return rule


def _calls(node: Node) -> Iterator[Call]:
    match node:
        case Call():
            yield node
        case Negative(operand=operand):
            yield from _calls(operand)
        case Binary(left=left, right=right) | Logic(left=left, right=right):
            yield from _calls(left)
            yield from _calls(right)
        case Compare(sides=sides):
            for side in sides:
                yield from _calls(side)
        case Constant() | Name():
            return


def _truth(node: Node, view: SeriesView) -> bool:
    match node:
        case Logic(operator="and", left=left, right=right):
            return _truth(left, view) and _truth(right, view)
        case Logic(left=left, right=right):
            return _truth(left, view) or _truth(right, view)
        case Compare(sides=sides, operators=operators):
            try:
                numbers = [_number(side, {}, view) for side in sides]
            except _NoValueError:
                return False
            if any(map(math.isnan, numbers)):
                return False
            pairs = zip(numbers, operators, numbers[1:], strict=False)
            return all(_COMPARE[sign](a, b) for a, sign, b in pairs)
        case _:
            return _number(node, {}, view) == 1.0


def _found(call: Call, view: SeriesView) -> str:
    """What a function came to; where NaN or an infinity spoilt it, when that began."""
    readings = view.values(call.series)
    if not readings:
        return f"{call.series} was never read"
    value = compute(call, view)
    if not math.isfinite(value) or (call.function == "finite" and not value):
        for step, reading in readings:
            if not math.isfinite(reading):
                word = "NaN" if math.isnan(reading) else "infinite"
                return f"{call.series} became {word} at step {step}"
    if math.isnan(value) and call.function == "at":
        return f"{call.series} was not read before step {call.argument:g}"
    return says(call, value)
