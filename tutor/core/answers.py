"""Answers as a question declares them, for giving up and for proving a course; and put into words."""

import re
from collections.abc import Callable

from tutor.core.arithmetic import evaluate
from tutor.core.errors import TutorError
from tutor.core.lesson import (
    Blank,
    Match,
    Multiple,
    Number,
    Order,
    Output,
    Shape,
    Single,
    TextAnswer,
)
from tutor.core.quiz import Answer, Asked, Verdict, gaps, grade, read_number


def solve(asked: Asked) -> Verdict:
    """The right answer and its reason, for no points."""
    right = grade(asked, right_answers(asked)[0])
    return Verdict(
        points=0.0,
        maximum=right.maximum,
        passed=False,
        why=right.why,
        answer=right.answer,
    )


def right_answers(asked: Asked) -> list[Answer]:
    """Every form that the question declares right."""
    question = asked.question
    match question:
        case Single():
            return [next(i for i, each in enumerate(question.choice) if each.correct)]
        case Multiple():
            return [tuple(i for i, each in enumerate(question.choice) if each.correct)]
        case Number():
            return _right_numbers(asked, question)
        case TextAnswer() | Output():
            return list(question.accept)
        case Shape():
            return [question.answer]
        case Order():
            return [tuple(asked.order.index(item) for item in range(len(question.items)))]
        case Match():
            return [tuple(asked.order.index(pair) for pair in range(len(question.pairs)))]
        case Blank():
            return [tuple(question.accept[gap][0] for gap in gaps(question))]


def in_words(asked: Asked, answer: Answer, text: Callable[[str], str] = str) -> str:
    """An answer as the learner would read it: choices by their words, what was typed as code.

    Args:
        asked: The question with the values and the order that it was answered in.
        answer: The answer.
        text: What is to become of the author's markdown.
    """
    question = asked.question
    many = answer if isinstance(answer, tuple) else (answer,)

    def pick(index: int | str, texts: list[str]) -> str:
        known = isinstance(index, int) and index < len(texts)
        return text(texts[int(index)]) if known else str(index)

    match question:
        case Single() | Multiple():
            return "; ".join(
                pick(each, [choice.text for choice in question.choice]) for each in many
            )
        case Order():
            items = [question.items[index] for index in asked.order]
            return " → ".join(pick(each, items) for each in many)
        case Match():
            right = [question.pairs[index][1] for index in asked.order]
            left = (pair[0] for pair in question.pairs)
            return "; ".join(
                f"{text(name)} – {pick(each, right)}"
                for name, each in zip(left, many, strict=False)
            )
        case _:
            return "; ".join(_code(str(each)) for each in many)


def _code(text: str) -> str:
    """Text as code in markdown, whatever backticks are in it."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _right_numbers(asked: Asked, question: Number) -> list[Answer]:
    if question.range is not None:
        return [repr(float(end)) for end in question.range]
    value = question.answer if question.answer is not None else 0.0
    return [repr(evaluate(value, asked.values) if isinstance(value, str) else float(value))]


def wrong_answers(asked: Asked) -> list[Answer]:
    """Every answer that the question declares wrong, and some that must be."""
    question = asked.question
    match question:
        case Single():
            return [i for i, each in enumerate(question.choice) if not each.correct]
        case Multiple():
            right = {i for i, each in enumerate(question.choice) if each.correct}
            everything = tuple(range(len(question.choice)))
            return [
                (),
                *([everything] if len(right) < len(everything) else []),
                *((i,) for i in everything if i not in right),
            ]
        case Number():
            return _wrong_numbers(asked, question)
        case TextAnswer() | Output() | Shape():
            return [str(each.value) for each in question.wrong]
        case Order():
            right_order = right_answers(asked)[0]
            assert isinstance(right_order, tuple)
            return [right_order[::-1]]
        case Match():
            shifted = right_answers(asked)[0]
            assert isinstance(shifted, tuple)
            return [(*shifted[1:], shifted[0])]
        case Blank():
            return [tuple("?" for _ in question.accept)]


def _wrong_numbers(asked: Asked, question: Number) -> list[Answer]:
    found: list[Answer] = []
    for wrong in question.wrong:
        try:
            value = wrong.value
            number = evaluate(value, asked.values) if isinstance(value, str) else float(value)
        except TutorError:
            continue
        found.append(repr(read_number(repr(number))))
    return found
