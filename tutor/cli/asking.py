"""A question asked and answered in plain lines, for `quiz`, `review` and `test`."""

from tutor.cli.app import out
from tutor.core.errors import TutorError
from tutor.core.lesson import Blank, Match, Multiple, Order, Output, Quiz, Single
from tutor.core.quiz import Answer, Asked, Verdict, gaps, with_gaps
from tutor.core.text import visible
from tutor.session.quizzes import Asker, Helper
from tutor.session.tutor import Tutor


def ask_one(tutor: Tutor, asker: Asker, question: Quiz, *, helps: bool = True) -> None:
    """Ask, read an answer, have it judged and say why, unless that is kept for the end of all.

    Raises:
        EOFError: When the input ends.
    """
    asking = asker.ask(question)
    out.print(tutor.plain(asking.asked.prompt))
    for line in _choices(tutor, asking.asked):
        out.print(line)
    worth = f"worth {asking.worth:g}" + (
        f", attempt {asking.attempt}" if asking.attempt > 1 else ""
    )
    verdict = _answered(asker, question, f"{worth}; {_how(question)}", helps)
    if verdict is None:
        return
    word = "Right." if verdict.passed else f"{verdict.points:g} of {verdict.maximum:g}."
    out.print(word, style="bold")
    for why in verdict.why:
        out.print(tutor.plain(why))
    if not verdict.passed and verdict.answer:
        out.print(f"Answer: {tutor.plain(verdict.answer)}")


def _answered(asker: Asker, question: Quiz, how: str, helps: bool) -> Verdict | None:
    """The verdict on what is typed; None where it comes later, or where nothing is typed then."""
    helper = asker if isinstance(asker, Helper) else None
    keys = "; nothing leaves it open" if helper is None else "; ? hint, ! give up" if helps else ""
    while True:
        typed = input(f"({how}{keys}) > ").strip()
        if helper is None and not typed:
            return None
        if helper is not None and helps and typed == "?":
            out.print(helper.hint(question) or "There is no further hint.")
        elif helper is not None and helps and typed == "!":
            return helper.give_up(question)
        else:
            try:
                return asker.answer(question, _read(question, typed))
            except TutorError as error:
                out.print(str(error))


def _choices(tutor: Tutor, asked: Asked) -> list[str]:
    question = asked.question
    match question:
        case Single() | Multiple():
            texts = [each.text for each in question.choice]
        case Order():
            texts = [question.items[index] for index in asked.order]
        case Match():
            left = [f"  {n}  {tutor.plain(pair[0])}" for n, pair in enumerate(question.pairs, 1)]
            right = [tutor.plain(question.pairs[index][1]) for index in asked.order]
            return [*left, *(f"  {_letter(n)}  {text}" for n, text in enumerate(right))]
        case Blank():
            return [f"  {line}" for line in visible(with_gaps(question)).splitlines()]
        case Output():
            return [f"  {line}" for line in tutor.quizzes.snippet(question).splitlines()]
        case _:
            return []
    return [f"  {number}  {tutor.plain(text)}" for number, text in enumerate(texts, 1)]


def _letter(index: int) -> str:
    return chr(ord("a") + index)


def _how(question: Quiz) -> str:
    match question:
        case Single():
            return "a number"
        case Multiple():
            return "numbers, like 1 3"
        case Order():
            return "all numbers in order"
        case Match():
            return "a letter for each number, like b a c"
        case Blank():
            return "what fills each gap, with | between" if len(gaps(question)) > 1 else "the gap"
        case _:
            return "your answer"


def _read(question: Quiz, typed: str) -> Answer:
    match question:
        case Single():
            return _index(typed, len(question.choice))
        case Multiple():
            return tuple(sorted({_index(word, len(question.choice)) for word in typed.split()}))
        case Order():
            return tuple(_index(word, len(question.items)) for word in typed.split())
        case Match():
            return tuple(_place(word, len(question.pairs)) for word in typed.split())
        case Blank():
            return tuple(part.strip() for part in typed.split("|"))
        case _:
            return typed


def _index(word: str, count: int) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= count:
        raise TutorError(f"Type a number from 1 to {count}.")
    return int(word) - 1


def _place(word: str, count: int) -> int:
    index = ord(word.lower()) - ord("a") if len(word) == 1 else -1
    if not 0 <= index < count:
        raise TutorError(f"Type letters from a to {_letter(count - 1)}, one for each number.")
    return index
