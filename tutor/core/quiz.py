"""Questions put and answers judged: nine types, one verdict.

Partial credit, stated once: a `multiple` earns the right choices chosen minus the wrong ones chosen,
over the number of right ones, never below nothing; an `order` the share of pairs in the right order,
scaled so that a reversed list earns nothing; a `match` and a `blank` the share of pairs and gaps;
a `shape`, a `number`, a `text` and a `single` all or nothing.
"""

import itertools
import math
import random
import re
import unicodedata
import zlib
from collections.abc import Sequence

from msgspec import Struct

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

Answer = int | str | tuple[int | str, ...]


class Part(Struct, frozen=True):
    """A part of a verdict that earns points of its own."""

    name: str
    points: float
    maximum: float
    passed: bool
    why: str = ""


class Verdict(Struct, frozen=True):
    """What an answer, a run or a file earned, and why."""

    points: float
    maximum: float
    passed: bool
    why: tuple[str, ...] = ()
    answer: str = ""
    """The right answer in words; markdown."""
    parts: tuple[Part, ...] = ()


class Asked(Struct, frozen=True):
    """A question with its values drawn and its items shuffled."""

    question: Quiz
    values: dict[str, float]
    prompt: str
    order: tuple[int, ...] = ()
    """For `order` and `match`: the items in the order shown."""


def ask(question: Quiz, seed: int) -> Asked:
    """Put a question. The same seed draws the same values and the same shuffle."""
    draw = random.Random(seed)
    values = {name: draw.choice(each.choose) for name, each in question.params.items()}
    order: tuple[int, ...] = ()
    if isinstance(question, Order):
        order = _shuffled(len(question.items), draw)
    elif isinstance(question, Match):
        order = _shuffled(len(question.pairs), draw)
    prompt = fill(question.prompt, values)
    return Asked(question=question, values=values, prompt=prompt, order=order)


def fill(text: str, values: dict[str, float]) -> str:
    """Put the values where the text says `{{name}}`."""
    for name, value in values.items():
        text = re.sub(r"\{\{\s*" + re.escape(name) + r"\s*\}\}", f"{value:g}", text)
    return text


def seed_of(*parts: object) -> int:
    """A seed made of words and numbers, the same in every process (`hash` is not)."""
    return zlib.crc32("/".join(map(str, parts)).encode())


def with_gaps(question: Blank) -> str:
    """The text of a `blank` question with its gaps drawn and named: `[1]____`."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", r"[\1]____", question.text)


def _shuffled(count: int, draw: random.Random) -> tuple[int, ...]:
    order = list(range(count))
    while order == sorted(order):  # a list that comes in the right order asks nothing
        draw.shuffle(order)
    return tuple(order)


# --- judging ------------------------------------------------------------------------------------


def grade(asked: Asked, answer: Answer) -> Verdict:
    """Judge an answer.

    Raises:
        TutorError: If it is no answer to this question at all; that costs no attempt.
    """
    question = asked.question
    match question, answer:
        case Single(), int():
            return _single(question, answer)
        case Multiple(), tuple():
            return _multiple(question, _indexes(answer, len(question.choice)))
        case Number(), str():
            return _number(asked, question, answer)
        case TextAnswer() | Output(), str():
            return _text(question, answer)
        case Shape(), str():
            return _shape(question, answer)
        case Order(), tuple():
            return _order(asked, question, _permutation(answer, len(question.items)))
        case Match(), tuple():
            return _match(asked, question, _indexes(answer, len(question.pairs), repeat=True))
        case Blank(), tuple():
            return _blank(question, answer)
        case _:
            raise TutorError("That is no answer to this kind of question.")


def _verdict(
    question: Quiz, share: float, why: Sequence[str], answer: str, parts: tuple[Part, ...] = ()
) -> Verdict:
    share = min(1.0, max(0.0, share))
    return Verdict(
        points=question.points * share,
        maximum=question.points,
        passed=share == 1.0,
        why=tuple(line for line in why if line),
        answer=answer,
        parts=parts,
    )


def _indexes(answer: Sequence[object], count: int, *, repeat: bool = False) -> tuple[int, ...]:
    picked = tuple(each for each in answer if isinstance(each, int) and not isinstance(each, bool))
    fits = len(picked) == len(answer) and all(0 <= each < count for each in picked)
    if not fits or (not repeat and len(set(picked)) != len(picked)):
        raise TutorError(f"Choose from the {count} that are there, each once.")
    return picked


def _permutation(answer: Sequence[object], count: int) -> tuple[int, ...]:
    picked = _indexes(answer, count)
    if len(picked) != count:
        raise TutorError(f"Put all {count} into an order.")
    return picked


def _single(question: Single, answer: int) -> Verdict:
    if not 0 <= answer < len(question.choice):
        raise TutorError(f"Choose one of the {len(question.choice)} that are there.")
    chosen = question.choice[answer]
    right = next(each for each in question.choice if each.correct)
    why = [chosen.why] if chosen is right else [chosen.why, right.why]
    return _verdict(question, float(chosen.correct), why, right.text)


def _multiple(question: Multiple, answer: tuple[int, ...]) -> Verdict:
    right = {index for index, each in enumerate(question.choice) if each.correct}
    chosen = set(answer)
    share = (len(chosen & right) - len(chosen - right)) / len(right)
    concerned = sorted(chosen | right)
    why = [f"{question.choice[index].text}: {question.choice[index].why}" for index in concerned]
    answer_words = "; ".join(question.choice[index].text for index in sorted(right))
    return _verdict(question, share, why, answer_words)


# --- numbers ------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)


def read_number(text: str, unit: str = "") -> float:
    """A number as people type it: `1e-3`, `0.001`, `1/1000`, a unit behind it.

    Raises:
        TutorError: For anything else; a comma decimal is named as such.
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    typed = typed.translate({ord("−"): "-", ord("–"): "-", ord("⁄"): "/"})
    unit = unicodedata.normalize("NFKC", unit).strip()
    if unit and typed.casefold().endswith(unit.casefold()):
        typed = typed[: -len(unit)].strip()
    typed = typed.replace("_", "").replace(" ", "")
    numerator, slash, denominator = typed.partition("/")
    if _NUMBER.fullmatch(numerator) and (not slash or _NUMBER.fullmatch(denominator)):
        value = float(numerator)
        if slash:
            if float(denominator) == 0:
                raise TutorError("That divides by zero.")
            value /= float(denominator)
        if math.isfinite(value):
            return value
    if re.fullmatch(r"[+-]?\d+,\d+", typed):
        written = typed.replace(",", ".")
        raise TutorError(f"Write the decimal with a point: {written}.")
    raise TutorError("That is no number.", "Write it like 0.5, 1e-3 or 1/4.")


def _number(asked: Asked, question: Number, answer: str) -> Verdict:
    value = read_number(answer, question.unit)
    right = _right_number(asked, question)
    low, high = right
    unit = f" {question.unit}" if question.unit else ""
    words = (
        f"{(low + high) / 2:.6g}{unit}" if question.range is None else f"{low:g} to {high:g}{unit}"
    )
    explained = fill(question.why, asked.values)
    if low <= value <= high:
        return _verdict(question, 1.0, [explained], words)
    near = question.tolerance or 1e-12
    for wrong in question.wrong:
        if math.isclose(value, _wrong_number(wrong, asked), rel_tol=1e-6, abs_tol=near):
            return _verdict(question, 0.0, [fill(wrong.why, asked.values)], words)
    return _verdict(question, 0.0, [explained], words)


def _right_number(asked: Asked, question: Number) -> tuple[float, float]:
    if question.range is not None:
        return question.range
    value = _evaluated(question.answer if question.answer is not None else 0.0, asked)
    # A last bit of float noise is not the learner's mistake.
    slack = (question.tolerance or 0.0) + 1e-12 * max(1.0, abs(value))
    return value - slack, value + slack


def _evaluated(value: float | str, asked: Asked) -> float:
    return evaluate(value, asked.values) if isinstance(value, str) else float(value)


def _wrong_number(wrong: WrongAnswer, asked: Asked) -> float:
    try:
        return _evaluated(wrong.value, asked)
    except TutorError:
        return math.nan


# --- words and shapes ---------------------------------------------------------------------------


def normalised(text: str) -> str:
    """A word or two without what does not count: case, spaces, quotes, dashes, a final full stop."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"[\"'`´‘’“”«»]", "", text)
    text = re.sub(r"[-‐-―−_]", " ", text)
    return " ".join(text.split()).rstrip(".!").rstrip()


def _text(question: TextAnswer | Output, answer: str) -> Verdict:
    if isinstance(question, Output):
        typed, forms = _printed(answer), [_printed(each) for each in question.accept]
    else:
        typed, forms = normalised(answer), [normalised(each) for each in question.accept]
    if not typed:
        raise TutorError("That is no answer yet.")
    if typed in forms:
        return _verdict(question, 1.0, [question.why], question.accept[0])
    for wrong in question.wrong:
        if normalised(answer) == normalised(str(wrong.value)):
            return _verdict(question, 0.0, [wrong.why], question.accept[0])
    return _verdict(question, 0.0, [question.why], question.accept[0])


def _printed(text: str) -> str:
    """Printed output: only the spaces at the ends of lines do not count."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def read_shape(text: str) -> tuple[str, ...]:
    """A tensor's shape, `(32, 16, 13)` or `32x16x13`, letters allowed.

    Raises:
        TutorError: For anything else.
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    if not typed:
        raise TutorError("That is no answer yet.")
    typed = re.sub(r"^(torch\.)?size\b", "", typed, flags=re.IGNORECASE).strip(" ()[]")
    # An x joins sides between spaces or right behind a digit; elsewhere it is part of a name.
    sides = [s for s in re.split(r"\s*[,×*]\s*|\s+[xX]\s+|(?<=\d)[xX](?=\w)|\s+", typed) if s]
    if not all(re.fullmatch(r"\d{1,9}|[A-Za-z]\w*", side, re.ASCII) for side in sides):
        raise TutorError("That is no shape.", "Write it like (32, 16, 13, 13).")
    return tuple(str(int(side)) if side.isdecimal() else side for side in sides)


def _shape(question: Shape, answer: str) -> Verdict:
    typed = read_shape(answer)
    if typed == read_shape(question.answer):
        return _verdict(question, 1.0, [question.why], question.answer)
    for wrong in question.wrong:
        if typed == read_shape(str(wrong.value)):
            return _verdict(question, 0.0, [wrong.why], question.answer)
    return _verdict(question, 0.0, [question.why], question.answer)


# --- order, match, blank ------------------------------------------------------------------------


def _order(asked: Asked, question: Order, answer: tuple[int, ...]) -> Verdict:
    """`answer` lists places in the order shown: its first is what the learner puts first."""
    chosen = [asked.order[place] for place in answer]
    pairs = list(itertools.combinations(chosen, 2))
    share = sum(a < b for a, b in pairs) / len(pairs)
    words = " → ".join(question.items)
    return _verdict(question, share, [question.why], words)


def _match(asked: Asked, question: Match, answer: tuple[int, ...]) -> Verdict:
    """`answer[i]` is the place, as shown, of the right side that belongs to left side i."""
    if len(answer) != len(question.pairs):
        raise TutorError(f"Join all {len(question.pairs)} pairs.")
    hits = [
        question.pairs[asked.order[place]][1] == right
        for place, (_, right) in zip(answer, question.pairs, strict=True)
    ]
    words = "; ".join(f"{left} – {right}" for left, right in question.pairs)
    return _verdict(question, sum(hits) / len(hits), [question.why], words)


def gaps(question: Blank) -> list[str]:
    """The names of the gaps, in the order of an answer."""
    return sorted(question.accept, key=lambda name: (len(name), name))


def _blank(question: Blank, answer: Sequence[object]) -> Verdict:
    names = gaps(question)
    if len(answer) != len(names) or not any(_code(str(typed)) for typed in answer):
        raise TutorError(f"Fill the {len(names)} gaps.")
    hits = [
        _code(str(typed)) in {_code(form) for form in question.accept[gap]}
        for gap, typed in zip(names, answer, strict=True)
    ]
    words = "; ".join(question.accept[gap][0] for gap in names)
    return _verdict(question, sum(hits) / len(hits), [question.why], words)


def _code(text: str) -> str:
    """Code or a formula: spaces do not count, case does."""
    return "".join(unicodedata.normalize("NFKC", text).split())
