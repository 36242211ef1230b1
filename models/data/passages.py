"""Short passages about the weather, and questions that a part of them answers, or nothing.

A passage says what causes what, where it is seen and when. A question without an answer asks for what the
passage does not say, though it has words that look like it: the place of something else, or the cause of
what is itself the cause of another thing. `thunder is caused by wind .` does not say what causes wind.
"""

import functools
import random
from dataclasses import dataclass

EVENTS = (
    *("rain", "snow", "wind", "fog", "hail", "frost", "thunder", "precipitation", "drought"),
    *("mist", "sleet", "lightning"),
)
VALUES = {
    "cause": (
        *("gravity", "cold air", "warm air", "low pressure", "dust", "melting ice", "dark clouds"),
        *("heat", "storms from the sea", "smoke and ashes", "wind", "fog", "frost", "mist"),
    ),
    "place": (
        *("the hills", "the coast", "the valley", "the lake", "the old town", "the north"),
        *("mountains", "the woods and fields", "islands", "the river in the south"),
    ),
    "time": (
        *("night", "dawn", "spring", "early winter", "late autumn", "the summer", "noon"),
        *("the morning and evening", "most of the year", "holidays"),
    ),
}
"""What a passage may say of an event."""

FORMS = {
    "cause": (
        *("{e} is caused by {x}", "{e} comes from {x}", "{x} brings {e}"),
        *("it is {x} that causes {e}", "by {x} {e} is caused"),
    ),
    "place": (
        *("{e} is seen near {x}", "near {x} there is {e}", "there is {e} over {x}"),
        "it is over {x} that {e} is common",
    ),
    "time": (
        *("{e} is common during {x}", "during {x} there is {e}", "there is {e} in {x}"),
        "it is in {x} that {e} is seen",
    ),
}
NEW_FORMS = {
    "cause": ("{x} causes {e}", "it is {x} that brings {e}", "from {x} comes {e}"),
    "place": ("{e} is common over {x}", "over {x} {e} is seen", "it is near {x} that there is {e}"),
    "time": ("in {x} {e} is common", "{e} is seen in {x}", "it is during {x} that there is {e}"),
}
QUESTIONS = {
    "cause": ("what causes {e}", "{e} is caused by what", "what does {e} come from"),
    "effect": ("what does {x} cause", "what comes from {x}"),
    "place": ("where is {e} seen", "where is there {e}", "{e} is common where"),
    "time": ("when is {e} common", "when is there {e}", "{e} is seen when"),
}
NEW_QUESTIONS = {
    "cause": ("what brings {e}", "by what is {e} caused"),
    "effect": ("what is caused by {x}", "{x} causes what"),
    "place": ("where is {e} common", "{e} is seen where"),
    "time": ("when is {e} seen", "{e} is common when"),
}
"""Forms to train on, and others to be asked with, made of the same words."""


@dataclass(frozen=True)
class Item:
    """A question to a passage.

    Attributes:
        passage: Its words.
        question: The question's.
        span: The answer's first and last word in the passage; None where it says nothing.
    """

    passage: tuple[str, ...]
    question: tuple[str, ...]
    span: tuple[int, int] | None

    @property
    def answer(self) -> str:
        """The answer in words; none where there is none."""
        return "" if self.span is None else " ".join(self.passage[self.span[0] : self.span[1] + 1])


Fact = tuple[str, str, str]
"""An event, `cause`, `place` or `time`, and what is said of it."""


@functools.cache
def held_out(fact: Fact) -> bool:
    """Whether it joins an event and a value that no training passage joins: every fourth does."""
    event, kind, value = fact
    return (EVENTS.index(event) + VALUES[kind].index(value)) % 4 == 0


def facts(rng: random.Random, new: bool) -> list[Fact]:
    """Three or four facts about two or three events; no value comes twice."""
    events = rng.sample(EVENTS, rng.choice((2, 3)))
    about = [(event, kind) for event in events for kind in VALUES]
    rng.shuffle(about)
    count, found = rng.choice((3, 4)), list[Fact]()
    for event, kind in about:
        used = {value for _, _, value in found} | {event}
        free = [(event, kind, value) for value in VALUES[kind] if value not in used]
        free = [fact for fact in free if held_out(fact) == new]
        if free and len(found) < count:
            found.append(rng.choice(free))
    return found


def unsaid(known: list[Fact], rng: random.Random) -> tuple[str, str]:
    """A question's kind and what it is about, where the facts do not say.

    Half of them ask about what the passage names.
    """
    said = {(event, kind) for event, kind, _ in known}
    said |= {(value, "effect") for _, kind, value in known if kind == "cause"}
    named = {word for event, _, value in known for word in (event, value)}
    causes = set(VALUES["cause"])
    asked = [(event, kind) for event in EVENTS for kind in VALUES]
    asked += [(cause, "effect") for cause in sorted(causes | (named & set(EVENTS)))]
    near = rng.random() < 0.5
    asked = [each for each in asked if each not in said and (each[0] in named) == near]
    about, kind = rng.choice(asked)
    return kind, about


def item(rng: random.Random, unanswerable: float, new: bool = False, forms: bool = False) -> Item:
    """A passage and a question.

    Args:
        rng: What it is drawn with.
        unanswerable: How likely the passage does not say.
        new: Whether its facts are held out from training; else none of them is.
        forms: Whether sentences and question are of the forms that are held out.
    """
    sentences, questions = (NEW_FORMS, NEW_QUESTIONS) if forms else (FORMS, QUESTIONS)
    known = facts(rng, new)
    place = rng.randrange(len(known))
    event, kind, value = known[place]
    about, wanted = event, "{x}"
    asks_effect = kind == "cause" and rng.random() < 0.4
    if asks_effect:
        kind, about, wanted = "effect", value, "{e}"
    words: list[str] = []
    span = None
    for number, (e, relation, x) in enumerate(known):
        for word in [*rng.choice(sentences[relation]).split(), "."]:
            begin = len(words)
            words += word.format(e=e, x=x).split()
            if number == place and word == wanted:
                span = begin, len(words) - 1
    if rng.random() < unanswerable:
        (kind, about), span = unsaid(known, rng), None
    question = f"{rng.choice(questions[kind]).format(e=about, x=about)} ?"
    return Item(tuple(words), tuple(question.split()), span)


def vocabulary() -> list[str]:
    """Every word, in the alphabet's order."""
    tables = (VALUES, FORMS, NEW_FORMS, QUESTIONS, NEW_QUESTIONS)
    lines = [
        *EVENTS,
        ". ?",
        *(line for table in tables for each in table.values() for line in each),
    ]
    return sorted({word for line in lines for word in line.split() if "{" not in word})
