"""Pairs of strings for a network that reads one and writes the other: four small tasks.

    reverse    dbacfe             efcabd
    sort       30410927           00123479
    dates      3 March 1997       1997-03-03        (four styles into one)
    numbers    two hundred and six    206

Pairs are drawn by a seed; none that is tested was trained on.
"""

import datetime
import random
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Int
from torch import Tensor

PAD, BEGIN, END = 0, 1, 2
"""Tokens that are no characters; those follow from 3."""

Pair = tuple[str, str]
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def reverse(rng: random.Random) -> Pair:
    """Six to ten letters."""
    word = "".join(rng.choice("abcdefghij") for _ in range(rng.randrange(6, 11)))
    return word, word[::-1]


def sort(rng: random.Random) -> Pair:
    """Eight digits."""
    digits = "".join(rng.choice("0123456789") for _ in range(8))
    return digits, "".join(sorted(digits))


def dates(rng: random.Random) -> Pair:
    """A day from 1950 to 2049, as one or another writes it."""
    day = datetime.date(1950, 1, 1) + datetime.timedelta(days=rng.randrange(36_500))
    month = MONTHS[day.month - 1]
    written = (
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day:02}/{day.month:02}/{day.year}",
        f"{month[:3]} {day.day} {day.year}",
    )
    return rng.choice(written), day.isoformat()


def in_words(number: int) -> str:
    """A number below 1,000 in words."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        tens, rest = divmod(number, 10)
        return TENS[tens] + (f"-{SMALL[rest]}" if rest else "")
    hundreds, rest = divmod(number, 100)
    return f"{SMALL[hundreds]} hundred" + (f" and {in_words(rest)}" if rest else "")


def numbers(rng: random.Random) -> Pair:
    """A number from 0 to 999."""
    number = rng.randrange(1000)
    return in_words(number), f"{number:03}"


class Task:
    """Pairs of one kind.

    Args:
        draw: Makes a pair.
        rng: What it is drawn with.
        count: Pairs to train on, as far as there are so many different ones.

    Attributes:
        train: Pairs to train on.
        test: Up to 500 others.
    """

    def __init__(
        self, draw: Callable[[random.Random], Pair], rng: random.Random, count: int = 20_000
    ) -> None:
        found = {draw(rng) for _ in range(count + 500)}
        every = sorted(found)
        rng.shuffle(every)
        held_out = min(500, len(every) // 5)
        self.test, self.train = every[:held_out], every[held_out:]
        self.characters = "".join(
            sorted({char for pair in every for side in pair for char in side})
        )
        self.longest = [max(len(pair[side]) for pair in every) for side in (0, 1)]

    @property
    def vocabulary(self) -> int:
        """Kinds of token."""
        return len(self.characters) + 3

    def encode(self, text: str) -> list[int]:
        """The tokens of a text."""
        return [self.characters.index(char) + 3 for char in text]

    def decode(self, tokens: Int[Tensor, " n"]) -> str:
        """The text of tokens, up to the end or the padding."""
        text = ""
        for token in tokens.tolist():
            if token in (END, PAD):
                break
            text += self.characters[token - 3] if token >= 3 else ""
        return text

    def tokens(self, pairs: Sequence[Pair]) -> tuple[Int[Tensor, "n s"], Int[Tensor, "n t"]]:
        """What is read, and what is to be written between BEGIN and END; padded."""
        sources, targets = [], []
        for read, written in pairs:
            source, target = self.encode(read), [BEGIN, *self.encode(written), END]
            sources.append(source + [PAD] * (self.longest[0] - len(source)))
            targets.append(target + [PAD] * (self.longest[1] + 2 - len(target)))
        return torch.tensor(sources), torch.tensor(targets)


TASKS: dict[str, Callable[[random.Random], Task]] = {
    "reverse": lambda rng: Task(reverse, rng),
    "sort": lambda rng: Task(sort, rng),
    "dates": lambda rng: Task(dates, rng),
    "numbers": lambda rng: Task(numbers, rng),
}
