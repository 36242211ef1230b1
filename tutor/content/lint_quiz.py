"""Rules of questions: that they can be answered, and that every answer is explained."""

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from tutor.content.schema import Path
from tutor.core.arithmetic import evaluate
from tutor.core.errors import TutorError
from tutor.core.lesson import (
    Blank,
    Match,
    Multiple,
    Number,
    Order,
    Output,
    Quiz,
    Shape,
    Single,
    TextAnswer,
    WrongAnswer,
)
from tutor.core.quiz import normalised, read_shape

MOST_DRAWS = 200
"""Combinations of parameters that are tried."""

_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Finding(NamedTuple):
    """Something wrong with a directive, at a path in it."""

    path: Path
    message: str
    fix: str = ""
    level: Literal["error", "warning"] = "error"


def unanswerable(quiz: Quiz) -> Iterator[Finding]:
    """Find what would keep a question from being graded at all."""
    match quiz:
        case Single() | Multiple():
            yield from _choices(quiz)
        case Number(range=(least, greatest)) if least >= greatest:
            yield Finding(("range",), "The range holds no number.", "Write `[least, greatest]`.")
        case Number(range=None, answer=None):
            fix = "Add `answer` and `tolerance`, or `range = [least, greatest]`."
            yield Finding((), "A number needs an answer.", fix)
        case Shape(answer=answer, wrong=wrong):
            yield from _shape(("answer",), answer)
            for index, each in enumerate(wrong):
                yield from _shape(("wrong", index, "value"), str(each.value))
        case Blank():
            yield from _gaps(quiz)
        case _:
            pass


def lint_quiz(quiz: Quiz) -> Iterator[Finding]:
    """Find what else is wrong with a question."""
    match quiz:
        case Single(choice=choice) | Multiple(choice=choice):
            yield from _twice("choice", [each.text for each in choice])
        case Number():
            yield from _number(quiz)
        case TextAnswer(accept=accept, wrong=wrong):
            yield from _same_answer(accept, wrong, normalised)
            for index, form in enumerate(accept):
                if not normalised(form):
                    message = f"`{form}` cannot be typed: quotes and dashes do not count."
                    yield Finding(("accept", index), message, "Ask for a word or a number.")
        case Output(accept=accept, wrong=wrong):
            yield from _same_answer(accept, wrong, str.strip)
        case Shape(answer=answer, wrong=wrong):
            yield from _same_answer((answer,), wrong, _sides)
        case Order(items=items):
            yield from _twice("items", items)
        case Match(pairs=pairs):
            yield from _twice("pairs", [left for left, _ in pairs])
            if len({right for _, right in pairs}) == 1:
                fix = "Give at least two different right sides."
                yield Finding(("pairs",), "Every right side is the same.", fix)
        case Blank():
            pass
    yield from _parameters(quiz)


def _shape(path: Path, text: str) -> Iterator[Finding]:
    try:
        read_shape(text)
    except TutorError as error:
        yield Finding(path, f"`{text}` is no shape.", error.hint)


def _sides(text: str) -> str:
    try:
        return " ".join(read_shape(text))
    except TutorError:
        return text  # `unanswerable` has said so


def _choices(quiz: Single | Multiple) -> Iterator[Finding]:
    right = sum(choice.correct for choice in quiz.choice)
    if isinstance(quiz, Single) and right != 1:
        fix = 'Mark exactly one with `correct = true`, or make it `type = "multiple"`.'
        yield Finding(("choice",), f"{right} choices of a `single` are correct.", fix)
    if isinstance(quiz, Multiple) and right in (0, len(quiz.choice)):
        word = "Every" if right else "No"
        fix = "A `multiple` needs at least one right and one wrong choice."
        yield Finding(("choice",), f"{word} choice is correct.", fix)


def _twice(key: str, texts: Iterable[str]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, text in enumerate(texts):
        if text.strip() in seen:
            yield Finding((key, index), f"`{text}` stands here twice.", "Make each its own.")
        seen.add(text.strip())


def _number(quiz: Number) -> Iterator[Finding]:
    if quiz.range is not None:
        if quiz.answer is not None or quiz.tolerance is not None:
            fix = "Keep `range`, or `answer` with `tolerance`."
            yield Finding(("range",), "There is a `range` and an `answer` or `tolerance`.", fix)
    elif quiz.answer is not None and quiz.tolerance is None:
        fix = "Add `tolerance`: half of the last digit that you ask for; 0 for a whole number."
        yield Finding(("answer",), "A number needs a `tolerance`.", fix)
    yield from _expressions(quiz)


def _expressions(quiz: Number) -> Iterator[Finding]:
    for names in _draws(quiz):
        try:
            right = None if quiz.answer is None else _value(quiz.answer, names)
        except TutorError as error:
            message = f"The answer `{quiz.answer}` cannot be worked out: {error.title}"
            yield Finding(("answer",), message, error.hint)
            return
        for index, wrong in enumerate(quiz.wrong):
            path: Path = ("wrong", index, "value")
            try:
                value = _value(wrong.value, names)
            except TutorError as error:
                message = f"The value `{wrong.value}` cannot be worked out: {error.title}"
                yield Finding(path, message, error.hint)
                return
            if _accepted(quiz, right, value):
                shown = ", ".join(f"{name} = {number:g}" for name, number in names.items())
                message = f"The wrong answer {value:g} is accepted{' at ' if shown else ''}{shown}."
                yield Finding(path, message, "Move it, or make the tolerance smaller.")
                return


def _accepted(quiz: Number, right: float | None, value: float) -> bool:
    if quiz.range is not None:
        return quiz.range[0] <= value <= quiz.range[1]
    return right is not None and abs(value - right) <= (quiz.tolerance or 0.0)


def _draws(quiz: Number) -> Iterator[dict[str, float]]:
    names = list(quiz.params)
    product = itertools.product(*(quiz.params[name].choose for name in names))
    for values in itertools.islice(product, MOST_DRAWS):
        yield dict(zip(names, values, strict=True))


def _value(expression: float | str, names: dict[str, float]) -> float:
    value = evaluate(expression, names) if isinstance(expression, str) else float(expression)
    if not math.isfinite(value):
        raise TutorError(f"It is {value}.", "Choose parameters that keep it finite.")
    return value


def _same_answer(
    accept: Iterable[str], wrong: tuple[WrongAnswer, ...], read: Callable[[str], str]
) -> Iterator[Finding]:
    right = {read(text) for text in accept}
    for index, each in enumerate(wrong):
        if read(str(each.value)) in right:
            message = f"The wrong answer `{each.value}` is accepted as right."
            yield Finding(("wrong", index, "value"), message, "Remove it from one of the two.")


def _gaps(quiz: Blank) -> Iterator[Finding]:
    gaps = set(_GAP.findall(quiz.text))
    if not gaps:
        yield Finding(("text",), "The text has no gap.", "Write `{{1}}` where one is to be filled.")
    for gap in sorted(gaps - set(quiz.accept)):
        fix = f'Add `accept.{gap} = ["..."]`.'
        yield Finding(("accept",), f"The gap `{{{{{gap}}}}}` has no right form.", fix)
    for gap in sorted(set(quiz.accept) - gaps):
        message = f"`accept.{gap}` is of no gap in the text."
        yield Finding(("accept", gap), message, f"Write `{{{{{gap}}}}}` in the text.")
    for gap, forms in quiz.accept.items():
        if not forms:
            yield Finding(("accept", gap), f"`accept.{gap}` is empty.", "Add its right forms.")


def _parameters(quiz: Quiz) -> Iterator[Finding]:
    used = set(_GAP.findall(quiz.prompt))
    for name in sorted(used - set(quiz.params)):
        fix = f"Add `[params] {name} = {{ choose = [...] }}`."
        yield Finding(("prompt",), f"`{{{{{name}}}}}` is no parameter.", fix)
    for name in quiz.params:
        if not name.isidentifier():
            fix = "Letters, digits and underscores, a letter first."
            yield Finding(("params", name), f"`{name}` is no name for a parameter.", fix)
        elif name not in used:
            message = f"The parameter `{name}` is not shown in the prompt."
            yield Finding(("params", name), message, f"Write `{{{{{name}}}}}` where it stands.")
