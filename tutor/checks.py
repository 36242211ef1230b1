"""What the authors of code exercises write checks with.

    from tutor.checks import check, close

    @check("moves downhill", points=2)
    def check_downhill(learner):
        close(learner.step(1.0, 2.0, 0.25), 0.5, what="step(1.0, 2.0, 0.25)")

A check file is imported before the learner's file, in a process of its own. A check passes when it
returns; it fails when it raises. Values are compared by what they hold, never by an `__eq__` of the
learner's. Code in the same process as its checks can forge a pass if it means to; running it again
elsewhere is what proves a result.
"""

import copy
import math
import random
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

SHOWN = 200
"""Characters of a value shown in a message."""
TRIALS, SHRINKS = 100, 200
LOOSE = 1e-3
"""The least tolerance off the CPU: TF32 has ten bits of mantissa, and sums are ordered otherwise."""


class Check(NamedTuple):
    """One check of an exercise."""

    name: str
    points: float
    hidden: bool
    function: Callable[[Any], object]


class CheckFailed(Exception):  # it is a verdict, not an error of the program
    """A check refuses the learner's code.

    Attributes:
        message: What is wrong, in a sentence.
        expected: The value that was expected, short; may be empty.
        actual: The value that came, short; may be empty.
    """

    def __init__(self, message: str, expected: str = "", actual: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.expected = expected
        self.actual = actual


REGISTERED: list[Check] = []
"""The checks of the file that is being imported, in order."""


def check(
    name: str, points: float = 1, hidden: bool = False
) -> Callable[[Callable[[Any], object]], Callable[[Any], object]]:
    """Make a function of the learner's module a check.

    Args:
        name: What it checks, in words; `[[wrong]] fails` names it.
        points: Its share of the exercise's points.
        hidden: Told to the learner as hidden; its name and message still show.
    """

    def register(function: Callable[[Any], object]) -> Callable[[Any], object]:
        REGISTERED.append(Check(name, points, hidden, function))
        return function

    return register


def show(value: object) -> str:
    """A value, short enough for a line."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001  # a learner's __repr__ may raise anything
        text = f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def fail(message: str, expected: object = "", actual: object = "") -> None:
    """Refuse, with words of your own."""
    raise CheckFailed(
        message,
        expected if isinstance(expected, str) else show(expected),
        actual if isinstance(actual, str) else show(actual),
    )


def equal(actual: object, expected: object, what: str = "the result") -> None:
    """The same value of the same kind: numbers, text, lists, tuples, dicts and tensors."""
    if not _same(_plain(actual), _plain(expected), 0.0):
        raise CheckFailed(_difference(actual, expected, what), show(expected), show(actual))


def close(
    actual: object, expected: object, tolerance: float = 1e-5, what: str = "the result"
) -> None:
    """The same numbers up to rounding, in a number, a list or a tensor of the same shape.

    Args:
        actual: What the learner's code returned.
        expected: What it should be.
        tolerance: Largest difference allowed, absolute for small numbers, relative for large; on a
            GPU at least 1e-3, since no two devices round alike.
        what: What was called, for the message.
    """
    if _off_cpu(actual) or _off_cpu(expected):
        tolerance = max(tolerance, LOOSE)
    if not _same(_plain(actual), _plain(expected), tolerance):
        raise CheckFailed(_difference(actual, expected, what), show(expected), show(actual))


def raises(kind: type[BaseException], call: Callable[[], object], what: str = "the call") -> None:
    """The call raises an exception of this kind."""
    try:
        result = call()
    except kind:
        return
    raise CheckFailed(f"{what} should raise {kind.__name__}", kind.__name__, show(result))


def for_sizes(sizes: Iterable[Any], body: Callable[[Any], object]) -> None:
    """Run a body for each size, smallest first, so that the first that fails is the smallest."""
    for size in sizes:
        try:
            body(size)
        except CheckFailed as error:
            raise CheckFailed(
                f"with size {show(size)}: {error.message}", error.expected, error.actual
            ) from None


def for_any(draw: Callable[[random.Random, int], Any], body: Callable[[Any], object]) -> None:
    """Run a body on drawn inputs and show the smallest that it fails on.

    Args:
        draw: Makes an input of a random generator and a size from 0 to 20.
        body: Checks one input, with `equal`, `close` or `fail`.

    Inputs grow from size 0, so a first failure is small already; then its numbers and lists are
    made simpler as long as the body fails in the same way: what is no input at all fails too.
    """
    rng = random.Random(_seed())
    for trial in range(TRIALS):
        value = draw(rng, trial * 20 // TRIALS)
        if (refusal := _refusal(body, value)) is None:
            continue
        error, way = refusal
        for _ in range(SHRINKS):
            tried = ((simple, _refusal(body, simple)) for simple in _simpler(value))
            found = next(((s, r.error) for s, r in tried if r and r.way == way), None)
            if found is None:
                break
            value, error = found
        raise CheckFailed(f"with {show(value)}: {error.message}", error.expected, error.actual)


class _Refusal(NamedTuple):
    error: CheckFailed
    way: tuple[str, str]
    """Of an exception its kind and the file that raised it."""


def _refusal(body: Callable[[Any], object], value: Any) -> _Refusal | None:
    try:
        body(copy.deepcopy(value))
    except CheckFailed as error:
        return _Refusal(error, ("", ""))
    except Exception as error:  # noqa: BLE001  # learners' code may raise anything
        kind, file = type(error).__name__, traceback.extract_tb(error.__traceback__)[-1].filename
        return _Refusal(CheckFailed(f"raises {kind}: {error}"), (kind, file))
    return None


def _simpler(value: Any) -> Iterator[Any]:
    """Inputs a little simpler than this one, the simplest first."""
    if isinstance(value, list | tuple):
        make = type(value)
        yield from (make([*value[:i], *value[i + 1 :]]) for i in range(len(value)))
        for i, each in enumerate(value):
            yield from (make([*value[:i], simple, *value[i + 1 :]]) for simple in _simpler(each))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        number = type(value)
        whole = int(value) if math.isfinite(value) else 0
        yield from (number(each) for each in (0, 1, whole, whole // 2) if abs(each) < abs(value))


def run_here(learner: object) -> None:
    """Run the registered checks in this process and print what they find, as in a notebook.

    Raises:
        CheckFailed: The first that refuses, once all have been run.
    """
    failed: CheckFailed | None = None
    for each in REGISTERED:
        try:
            each.function(learner)
        except CheckFailed as error:
            failed = failed or error
            print(f"not yet  {each.name}: {error.message}")  # noqa: T201  # a notebook shows it
        else:
            print(f"passed   {each.name}")  # noqa: T201  # a notebook shows it
    if failed is not None:
        raise failed


# --- comparing ----------------------------------------------------------------------------------


class _Strange(NamedTuple):
    """A value of a kind that is not compared: it equals nothing."""

    kind: str


def _plain(value: object) -> Any:
    """Built-in values only; a tensor becomes its shape and its numbers."""
    kind = type(value)
    if kind in (int, float, str, bool, type(None), complex):
        return value
    if kind in (list, tuple):
        assert isinstance(value, list | tuple)
        return [_plain(each) for each in value]
    if kind is dict:
        assert isinstance(value, dict)
        return {
            "dict": sorted(((repr(k), _plain(v)) for k, v in value.items()), key=lambda p: p[0])
        }
    tensor = _tensor_type()
    if tensor is not None and isinstance(value, tensor):
        return _numbers(tensor, value)
    if kind.__module__ == "numpy" and hasattr(value, "tolist"):
        return _plain(value.tolist())
    return _Strange(kind.__name__)


def _tensor_type() -> Any:
    import sys

    torch = sys.modules.get("torch")
    return torch.Tensor if torch is not None else None


def _numbers(tensor: Any, value: Any) -> Any:
    # Methods of the class itself: an instance may carry methods of the learner's.
    return tensor.tolist(tensor.detach(value))


def _off_cpu(value: object) -> bool:
    tensor = _tensor_type()
    return tensor is not None and isinstance(value, tensor) and value.device.type != "cpu"


def _seed() -> int:
    """The seed of this check: the worker seeds Python's generator for each attempt."""
    return random.randrange(2**32)


def _same(actual: Any, expected: Any, tolerance: float) -> bool:
    if isinstance(actual, _Strange) or isinstance(expected, _Strange):
        return False
    if isinstance(expected, bool) or isinstance(actual, bool):
        return type(actual) is type(expected) and actual == expected
    if isinstance(expected, int | float) and isinstance(actual, int | float):
        if math.isnan(expected):
            return math.isnan(actual)
        if not tolerance:
            return actual == expected
        return math.isclose(actual, expected, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        return len(actual) == len(expected) and all(
            _same(a, b, tolerance) for a, b in zip(actual, expected, strict=True)
        )
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _same(actual["dict"], expected["dict"], tolerance)
    return type(actual) is type(expected) and bool(actual == expected)


def _shape(value: Any) -> tuple[int, ...]:
    if isinstance(value, list):
        return (len(value), *(_shape(value[0]) if value else ()))
    return ()


def _difference(actual: object, expected: object, what: str) -> str:
    mine, theirs = _plain(actual), _plain(expected)
    if mine is None and theirs is not None:
        return f"{what} returned nothing"
    if isinstance(mine, _Strange):
        return f"{what} is a {mine.kind}, not a {type(expected).__name__}"
    if isinstance(theirs, list) and _shape(mine) != _shape(theirs):
        return f"{what} has shape {_shape(mine)}, not {_shape(theirs)}"
    return f"{what} is off"
